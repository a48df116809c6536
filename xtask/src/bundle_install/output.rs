//! The output of `bundle-install`, as text.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use smoke_bundle::{Bundle, ServerEvent, ServerState, ServerStatus, Summary};
use smoke_core::cause::Cause;

/// How many names one line of the summary has.
const MOST: usize = 50;

/// The width of the progress bar, in characters.
const WIDTH: usize = 30;

/// The line for an event, with how long it took in seconds.
pub fn line(event: &ServerEvent) -> String {
    match duration(event) {
        Some(duration) => format!("[bundle] {event} in {:.3} s", duration.as_secs_f64()),
        None => format!("[bundle] {event}"),
    }
}

/// A bar that is full when `done` is `count`.
pub fn bar(done: usize, count: usize) -> String {
    let full = WIDTH * done.min(count) / count.max(1);
    format!("[{}{}] {done}/{count} servers", "#".repeat(full), "-".repeat(WIDTH - full))
}

/// The summary for a person.
pub fn summary(summary: &Summary, bundle: &Utf8Path) -> String {
    let paths = |paths: &[Utf8PathBuf]| paths.iter().map(ToString::to_string).collect();
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
    let mut lines = vec![format!("Bundle '{}' ({bundle})", summary.bundle)];
    let rows = rows.iter().filter(|row| !row.1.is_empty());
    lines.extend(rows.map(|(label, items)| format!("{label}: {}", joined(items))));
    if !summary.errors.is_empty() {
        lines.push("Errors:".to_owned());
    }
    lines.extend(summary.errors.iter().map(|(name, why)| format!("  - {name}: {why}")));
    lines.join("\n")
}

/// The items on one line; of very many, the first ones.
pub fn joined(items: &[String]) -> String {
    let more = items.len().saturating_sub(MOST);
    let text = items[..items.len() - more].join(", ");
    if more == 0 { text } else { format!("{text} and {more} more") }
}

/// The summary for a program: one object on one line.
pub fn summary_json(summary: &Summary, failure: Option<&Cause>) -> String {
    let mut object = summary.to_json();
    if summary.dry_run {
        object["diff"] = json!(summary.diff);
    }
    if let (Some(cause), Some(errors)) = (failure, object["errors"].as_array_mut()) {
        let (code, reason, remedy) = (cause.code.as_str(), &cause.summary, &cause.next);
        errors.push(json!({"name": null, "code": code, "reason": reason, "remedy": remedy}));
    }
    format!("{object}\n")
}

/// The servers for a person.
pub fn list_human(states: &[ServerStatus]) -> String {
    let width = states.iter().map(|server| server.name.chars().count()).max().unwrap_or(0);
    let lines = states.iter().map(|server| {
        let text = server.description.as_deref().unwrap_or_default();
        let text = text.lines().next().unwrap_or_default();
        let line = format!("{:width$}  {:13}  {text}", server.name, word(server.state));
        format!("{}\n", line.trim_end())
    });
    lines.collect()
}

/// The servers for a program: one object on one line.
pub fn list_json(bundle: &Bundle, states: &[ServerStatus]) -> String {
    let servers = states.iter().map(|server| {
        json!({"name": server.name, "state": word(server.state), "description": server.description})
    });
    let servers: Vec<Value> = servers.collect();
    format!("{}\n", json!({"bundle": bundle.name(), "servers": servers}))
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
    fn a_line_has_its_seconds() {
        let duration = Duration::from_micros(1499);
        let event = ServerEvent::UpToDate { name: "a".into(), duration };
        assert_eq!(line(&event), "[bundle] a already up to date in 0.001 s");
        assert_eq!(line(&ServerEvent::Installing { name: "a".into() }), "[bundle] installing a");
    }

    #[test]
    fn the_bar_fills() {
        for (done, full) in [(0, 0), (1, 10), (3, 30), (4, 30)] {
            assert_eq!(bar(done, 3).matches('#').count(), full);
        }
        assert_eq!(bar(0, 0).len(), "[] 0/0 servers".len() + WIDTH);
    }

    #[test]
    fn very_many_names_are_cut_short() {
        let names: Vec<String> = (0..52).map(|number| number.to_string()).collect();
        assert!(joined(&names).ends_with("48, 49 and 2 more"));
        assert_eq!(joined(&names[..2]), "0, 1");
    }
}
