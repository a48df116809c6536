//! Where the stack really writes its logs, which only its supervisor knows.

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::files::{self, PRIVATE};

use crate::run::context::Context;
use crate::run::first_error;
use crate::tail;

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
    let said = logs.iter().map(|log| (log.file_name(), without_repeats(tail::lines(log, END))));
    let first = said.into_iter().find(|(_, lines)| !lines.is_empty());
    let (name, lines) = first.unwrap_or_default();
    (name.unwrap_or("gateway.log").to_owned(), first_error::telling(&lines, count))
}

/// The lines without those that the next one says as well, but for its numbers: what is asked of a gateway again and
/// again may be all that its log ends with.
fn without_repeats(mut lines: Vec<String>) -> Vec<String> {
    let words = |line: &str| line.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    lines.reverse();
    lines.dedup_by(|line, next| words(line) == words(next) && !words(line).trim().is_empty());
    lines.reverse();
    lines
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
}
