//! The logs of the stack, whose places only its supervisor knows.

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::files::{self, PRIVATE};
use smoke_core::text::tail;
use smoke_record::first_error;

use crate::context::Context;

/// The logs of the stack in `workspace`, the gateway's first: those that its supervisor told of,
/// else the one that a run gives it.
pub fn logs(workspace: &Utf8Path) -> Vec<Utf8PathBuf> {
    let noted = files::read_to_string(&list(workspace)).unwrap_or_default();
    let noted: Vec<Utf8PathBuf> = noted.lines().map(Utf8PathBuf::from).collect();
    if noted.is_empty() { vec![workspace.join("logs/gateway.log")] } else { noted }
}

/// The `count` lines that tell most of the end of the first log that has any, with the name of that log.
pub fn last_words(workspace: &Utf8Path, count: usize) -> (String, Vec<String>) {
    last_words_of(&logs(workspace), count)
}

/// The same of these `logs`.
pub(super) fn last_words_of(logs: &[Utf8PathBuf], count: usize) -> (String, Vec<String>) {
    // A stack trace, and what a wrapper says of it. What is further from the end led to no end.
    const END: usize = 40;
    let said = logs.iter().map(|log| {
        let lines = tail::lines(log, END).into_iter().filter(|line| !is_others_frame(line));
        (log.file_name(), without_repeats(lines.collect()))
    });
    let first = said.into_iter().find(|(_, lines)| !lines.is_empty());
    let (name, lines) = first.unwrap_or_default();
    (name.unwrap_or("gateway.log").to_owned(), first_error::telling(&lines, count))
}

/// Whether a line is a frame of a JavaScript stack trace in what the stack's authors did not write.
fn is_others_frame(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("at ") && (line.contains("(node:") || line.contains("node_modules/"))
}

/// The lines without those that say the same as later ones, but for their numbers: what is asked of a gateway again
/// and again, and all starts but the last of one that crashes again and again.
fn without_repeats(mut lines: Vec<String>) -> Vec<String> {
    lines.reverse();
    lines.dedup_by(|line, next| are_alike(line, next));
    lines.reverse();
    let count = lines.len();
    let repeats = |length: &usize| {
        let (before, last) = lines[count - 2 * length..].split_at(*length);
        before.iter().zip(last).all(|(one, other)| are_alike(one, other))
    };
    let Some(length) = (1..=count / 2).find(repeats) else { return lines };
    // Also a part of an earlier one goes.
    let differs = |at: &usize| !are_alike(&lines[*at], &lines[at + length]);
    let first = (0..count - length).rev().find(differs).map_or(0, |at| at + 1);
    lines.drain(first..count - length);
    lines
}

/// Whether two lines differ in their numbers alone, and have something else to say.
fn are_alike(one: &str, other: &str) -> bool {
    let words = |line: &str| line.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let said = words(one);
    one == other || said == words(other) && !said.trim().is_empty()
}

/// The command that shows, in the run folder, the log of the stack that says why it is as it is.
pub fn read(context: &Context) -> String {
    let (name, _) = last_words(&context.paths.workspace, 1);
    context.folder.read_log(&name)
}

/// Notes where the logs are.
pub(super) fn note(workspace: &Utf8Path, logs: &[Utf8PathBuf]) {
    let text: String = logs.iter().map(|log| format!("{log}\n")).collect();
    // Without the list, the log that a run gives to its gateway is still found.
    let _ = files::replace(&list(workspace), text.as_bytes(), PRIVATE);
}

fn list(workspace: &Utf8Path) -> Utf8PathBuf {
    workspace.join(".supervisor/logs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_lines_that_are_alike_the_last_one_is_told() {
        let lines =
            ["ready", "12:01 POST /mcp", "12:02 POST /mcp", "12:03 failed", "12:04 POST /mcp"];
        let told = without_repeats(lines.map(str::to_owned).to_vec());
        assert_eq!(told, ["ready", "12:02 POST /mcp", "12:03 failed", "12:04 POST /mcp"]);
    }

    #[test]
    fn of_a_crash_loop_the_last_start_is_told() {
        let start = |n: usize| [format!("start {n}"), "1".into(), "2".into(), format!("died {n}")];
        let all = ["end of 0".into(), "2".into(), "died 0".into()].into_iter();
        let all: Vec<String> = all.chain((1..4).flat_map(start)).collect();
        assert_eq!(without_repeats(all), ["end of 0", "start 3", "1", "2", "died 3"]);
        let few = ["a", "b"].map(str::to_owned).to_vec();
        assert_eq!(without_repeats(few.clone()), few);
        assert!(without_repeats(Vec::new()).is_empty());
    }
}
