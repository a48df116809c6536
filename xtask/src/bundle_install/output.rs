//! What the subcommand prints.

use std::io::{self, Write};
use std::time::Duration;

use camino::Utf8Path;
use serde_json::{Value, json};
use smoke_bundle::{Bundle, ServerEvent, ServerState, ServerStatus, Summary};

/// One line for each event, and on a terminal a counter below them.
pub struct Progress<'a> {
    stderr: &'a mut dyn Write,
    count: usize,
    done: usize,
    terminal: bool,
}

impl<'a> Progress<'a> {
    pub fn new(stderr: &'a mut dyn Write, count: usize, terminal: bool) -> Self {
        Self { stderr, count, done: 0, terminal }
    }

    /// Shows the event at once. A terminal that is gone is no reason to stop half-way.
    pub fn show(&mut self, event: &ServerEvent) {
        let _ = self.try_show(event);
    }

    /// Takes the counter away.
    pub fn end(&mut self) {
        if self.terminal {
            let _ = write!(self.stderr, "\r\x1b[2K");
        }
    }

    fn try_show(&mut self, event: &ServerEvent) -> io::Result<()> {
        self.end();
        let line = visible(&event.to_string());
        match duration(event) {
            Some(duration) => writeln!(self.stderr, "[bundle] {line} in {duration:.1?}")?,
            None => writeln!(self.stderr, "[bundle] {line}")?,
        }
        self.done += usize::from(!matches!(event, ServerEvent::Installing { .. }));
        if self.terminal {
            write!(self.stderr, "{}/{} servers", self.done, self.count)?;
        }
        self.stderr.flush()
    }
}

/// The text without characters that a terminal would obey; lines and tabs stay.
pub fn visible(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\n' && c != '\t' {
            result.extend(c.escape_default());
        } else {
            result.push(c);
        }
    }
    result
}

/// The summary for a person.
pub fn summary(stderr: &mut dyn Write, summary: &Summary, bundle: &Utf8Path) -> io::Result<()> {
    writeln!(stderr, "Bundle '{}' ({bundle})", summary.bundle)?;
    let paths = |paths: &[camino::Utf8PathBuf]| paths.iter().map(ToString::to_string).collect();
    let commands = summary.commands.iter().map(|command| command.join(" ")).collect();
    let changed = if summary.dry_run { "Would change" } else { "Changed" };
    let rows: [(&str, Vec<String>); 8] = [
        ("Installed", summary.installed.clone()),
        ("Skipped", summary.skipped.clone()),
        ("Removed", summary.removed.clone()),
        (changed, paths(&summary.overlays)),
        ("Backed up to", paths(&summary.backups)),
        ("Ran commands", commands),
        ("Install refs registered", summary.registered.clone()),
        ("Install refs reused", summary.reused.clone()),
    ];
    for (label, items) in rows.iter().filter(|row| !row.1.is_empty()) {
        writeln!(stderr, "{label}: {}", visible(&items.join(", ")))?;
    }
    if !summary.errors.is_empty() {
        writeln!(stderr, "Errors:")?;
    }
    for (name, why) in &summary.errors {
        writeln!(stderr, "  - {name}: {}", visible(&why.to_string()))?;
    }
    Ok(())
}

/// The summary for a program: one object on one line.
pub fn summary_json(summary: &Summary) -> Value {
    let mut object = summary.to_json();
    if summary.dry_run {
        object["diff"] = json!(summary.diff);
    }
    object
}

/// The servers for a person.
pub fn list_human(stdout: &mut dyn Write, states: &[ServerStatus]) -> io::Result<()> {
    let width = states.iter().map(|server| server.name.chars().count()).max().unwrap_or(0);
    for server in states {
        let text = server.description.as_deref().unwrap_or_default();
        let text = text.lines().next().unwrap_or_default();
        let line = format!("{:width$}  {:13}  {text}", server.name, word(server.state));
        writeln!(stdout, "{}", visible(line.trim_end()))?;
    }
    Ok(())
}

/// The servers for a program: one object on one line.
pub fn list_json(bundle: &Bundle, states: &[ServerStatus]) -> Value {
    let servers = states.iter().map(|server| {
        json!({"name": server.name, "state": word(server.state), "description": server.description})
    });
    json!({"bundle": bundle.name(), "servers": servers.collect::<Vec<_>>()})
}

fn word(state: ServerState) -> &'static str {
    match state {
        ServerState::Installed => "installed",
        ServerState::Different => "different",
        ServerState::NotInstalled => "not installed",
    }
}

fn duration(event: &ServerEvent) -> Option<Duration> {
    match event {
        ServerEvent::Updated { duration, .. }
        | ServerEvent::UpToDate { duration, .. }
        | ServerEvent::Removed { duration, .. }
        | ServerEvent::Failed { duration, .. } => Some(*duration),
        ServerEvent::Installing { .. } | ServerEvent::NotInstalled { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_a_counter_and_a_file_does_not() {
        for (terminal, expected) in [
            (true, "\r\x1b[2K[bundle] a not installed\n1/2 servers\r\x1b[2K"),
            (false, "[bundle] a not installed\n"),
        ] {
            let mut bytes = Vec::new();
            let mut progress = Progress::new(&mut bytes, 2, terminal);
            progress.show(&ServerEvent::NotInstalled { name: "a".into() });
            progress.end();
            assert_eq!(String::from_utf8(bytes).unwrap(), expected);
        }
    }

    #[test]
    fn a_terminal_is_not_commanded() {
        assert_eq!(visible("a\x1b[31m\tb\u{9b}\n"), "a\\u{1b}[31m\tb\\u{9b}\n");
    }
}
