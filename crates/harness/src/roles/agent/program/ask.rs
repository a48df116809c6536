//! Questions to an agent's program: its version, its options, its features. Nothing is assumed of a version.

use std::collections::BTreeSet;
use std::time::Duration;

use smoke_agents::recipe::{Installation, Recipe};
use smoke_core::cause::{Cause, Code};
use smoke_core::command::{Command, End, Limits, Progress};
use smoke_core::output::Stream;
use smoke_core::text::shown;
use smoke_mcp::excerpt;
use smoke_record::event::Event;

use super::{find, home};
use crate::context::Context;
use crate::step::{Step, in_words};

/// How long it may do nothing while it is asked one question.
const PATIENCE: Duration = Duration::from_secs(25);

/// What the agent's program can do; it is asked once in each process of a run.
///
/// # Errors
/// There is none that can be used.
pub fn installation<'a>(
    context: &'a Context,
    recipe: &Recipe,
    step: &Step,
) -> Result<&'a Installation, Cause> {
    let known = &context.shared.installation;
    match known.get() {
        Some(installation) => Ok(installation),
        None => ask(context, recipe, step).map(|asked| known.get_or_init(|| asked)),
    }
}

/// Finds the program and asks it.
fn ask(context: &Context, recipe: &Recipe, step: &Step) -> Result<Installation, Cause> {
    let argv = find::find(context, recipe)?;
    let question = |words: &[&str]| question((context, recipe), step, &argv, words);
    let version = question(&["--version"])?;
    let help = question(recipe.help)?;
    let options = options(&help.text);
    if !help.success || !recipe.needs.iter().any(|option| options.contains(*option)) {
        return Err(not_it(recipe, &argv, &recipe.help.join(" "), &help));
    }
    let found = version_in(&version.text, recipe.program).filter(|_| version.success);
    let Some(version) = found else {
        return Err(not_it(recipe, &argv, "--version", &version));
    };
    if let Some(cause) = (recipe.too_old)(&version) {
        return Err(cause);
    }
    // Older versions have no such command, and need none.
    let features = match recipe.features.map(question).transpose()? {
        Some(listed) if listed.success => features_in(&listed.text),
        _ => BTreeSet::new(),
    };
    step.emit(Event::VersionFound { program: recipe.agent.name.into(), version: version.clone() });
    Ok(Installation { argv, version, options, features })
}

struct Answer {
    success: bool,
    status: String,
    text: String,
}

fn question(
    (context, recipe): (&Context, &Recipe),
    step: &Step,
    argv: &[String],
    words: &[&str],
) -> Result<Answer, Cause> {
    let words = words.iter().map(|word| (*word).to_owned());
    let whole: Vec<String> = argv.iter().cloned().chain(words).collect();
    let limits = Limits { progress: Some(PATIENCE), work: true, ..Limits::within(step.left()) };
    let mut collected = Collected::default();
    let command = Command {
        argv: whole.clone(),
        cwd: context.paths.workspace.clone(),
        environment: home::environment(context, recipe),
        limits,
    };
    let outcome = step.observe(command, &mut |stream, bytes| collected.take(stream, bytes));
    let outcome = outcome
        .map_err(|unstarted| cannot_start(argv, unstarted.cause(Code::AgentMissing)))?
        .outcome;
    match outcome.end {
        End::Stopped => return Err(step.interrupted()),
        End::Deadline => {
            let late = step.late(&format!("`{}`", shown(&whole)));
            return Err(late.evidence(collected.lines()));
        }
        End::NoProgress => {
            let summary = format!("`{}` did nothing for {PATIENCE:?}", shown(&whole));
            let next = "run it by hand to see what it waits for";
            return Err(Cause::new(Code::AgentHung, summary, next).evidence(collected.lines()));
        }
        End::Exited => {}
    }
    Ok(Answer { success: outcome.success(), status: in_words(&outcome), text: collected.text() })
}

fn cannot_start(argv: &[String], cause: Cause) -> Cause {
    let next = format!("see that {} can be executed", argv.first().map_or("it", String::as_str));
    Cause { code: Code::AgentMissing, next, ..cause }
}

fn not_it(recipe: &Recipe, argv: &[String], words: &str, answer: &Answer) -> Cause {
    let (program, status, title) = (shown(argv), &answer.status, recipe.agent.about);
    let title = title.strip_prefix("The ").unwrap_or(title);
    let summary = format!("`{program} {words}` ({status}) does not answer as a {title} does");
    let lines = answer.text.lines().map(excerpt).filter(|line| !line.is_empty()).take(6);
    Cause::new(Code::AgentMissing, summary, recipe.install).evidence(lines)
}

/// The word of `text` that is a version, from the line that names the program if there is one.
fn version_in(text: &str, program: &str) -> Option<String> {
    let (named, others): (Vec<&str>, Vec<&str>) =
        text.lines().partition(|line| line.to_lowercase().contains(program));
    let words = |line: &'_ str| {
        line.split_whitespace()
            .map(|word| word.trim_end_matches('.').to_owned())
            .collect::<Vec<_>>()
    };
    let mut found = named.into_iter().chain(others).flat_map(words);
    let found = found.find(|word| is_version(word));
    found.map(|word| word.trim_start_matches('v').to_owned())
}

fn is_version(word: &str) -> bool {
    let word = word.trim_start_matches('v');
    let core = word.split(['-', '+']).next().unwrap_or_default();
    let number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    word.len() < 40 && core.split('.').count() == 3 && core.split('.').all(number)
}

fn options(help: &str) -> BTreeSet<String> {
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let long = lines.flat_map(|line| line.split([' ', ',', '=', '[']));
    long.filter(|word| word.len() > 2 && word.starts_with("--")).map(str::to_owned).collect()
}

fn features_in(listed: &str) -> BTreeSet<String> {
    let name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let names = listed.lines().filter_map(|line| line.split_whitespace().next());
    names.filter(|word| word.chars().all(name)).map(str::to_owned).collect()
}

/// The beginning of what it prints: one that prints for ever costs no memory.
#[derive(Default)]
struct Collected {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl Collected {
    const MOST: usize = 256 * 1024;

    fn take(&mut self, stream: Stream, bytes: &[u8]) -> Progress {
        let into = match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        };
        let room = Self::MOST.saturating_sub(into.len());
        into.extend_from_slice(&bytes[..bytes.len().min(room)]);
        Progress::Made
    }

    /// What it printed; what it complained of, if it printed nothing.
    fn text(&self) -> String {
        let bytes = if self.stdout.is_empty() { &self.stderr } else { &self.stdout };
        String::from_utf8_lossy(bytes).into_owned()
    }

    fn lines(&self) -> Vec<String> {
        self.text().lines().take(6).map(excerpt).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_found_among_other_lines() {
        let table = [
            ("codex-cli 0.58.0\n", Some("0.58.0")),
            ("wrapper 9.9.9 starts\ncodex-cli 0.170.0-alpha.3\n", Some("0.170.0-alpha.3")),
            ("v1.2.3", Some("1.2.3")),
            ("GitHub Copilot CLI 1.0.102.\nRun it.", Some("1.0.102")),
            ("2.1.328 (Claude Code)", Some("2.1.328")),
            ("Hello 1.2 and 1.2.x", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(version_in(text, "codex").as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn options_and_features_are_read_from_what_is_listed() {
        let help = "Usage: codex exec [OPTIONS] --not-one\n\n  -s, --sandbox <MODE>\n          \
                    about --other\n      --json\n      --add-dir=<DIR>\n  --\n";
        let expected = ["--add-dir", "--json", "--sandbox"].map(str::to_owned);
        assert_eq!(options(help), BTreeSet::from(expected));
        let listed = "apps   stable  true\nWARNING: x\nrmcp_client\texperimental false\n";
        assert_eq!(features_in(listed), BTreeSet::from(["apps", "rmcp_client"].map(str::to_owned)));
    }

    #[test]
    fn what_never_ends_is_kept_in_part() {
        let mut collected = Collected::default();
        for _ in 0..100 {
            collected.take(Stream::Stdout, &[b'y'; 10_000]);
        }
        assert_eq!(collected.text().len(), Collected::MOST);
    }
}
