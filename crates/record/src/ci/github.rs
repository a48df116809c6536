//! GitHub Actions: what a job's runner acts on, and what it must not act on.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::cause::Cause;
use smoke_core::finding::Finding;

use crate::run_record::RunRecord;
use crate::strict;
use crate::verdict::LINES_SHOWN;

/// The variable that names the file for the summary.
pub const SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// The variable that names the file for the outputs.
pub const OUTPUT: &str = "GITHUB_OUTPUT";

/// Closes a group.
pub const END_GROUP: &str = "::endgroup::";

/// The most that GitHub keeps of the summary of a step of a job, in bytes.
const MOST_SUMMARY: u64 = 1 << 20;

/// Opens a group.
pub fn group(title: &str) -> String {
    format!("::group::{}", data(title))
}

/// `text` without commands: a line that starts with `::`, and `##[` anywhere in one.
pub fn defused(text: &str) -> String {
    let text = text.replace("##[", "## [");
    if !text.contains("::") {
        return text;
    }
    let line = |line: &str| {
        let start = line.len() - line.trim_start().len();
        match line[start..].strip_prefix("::") {
            Some(rest) => format!("{}: :{rest}", &line[..start]),
            None => line.to_owned(),
        }
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// One for each failure, at the place that its cause names.
pub fn annotations(record: &RunRecord) -> Vec<String> {
    let failure = |step: &str, cause: &Cause| {
        let title = format!("smoke: {step} [{}]", cause.code.as_str());
        let lines: Vec<&str> =
            cause.evidence.iter().take(LINES_SHOWN).map(String::as_str).collect();
        let text = format!("{}\n{}\ntry next: {}", cause.summary, lines.join("\n"), cause.next);
        format!("::error {}title={}::{}", place(&cause.summary), property(&title), data(&text))
    };
    if !record.causes.is_empty() {
        return record.causes.iter().map(|it| failure(&it.step, &it.cause)).collect();
    }
    let step = record.failed_step.as_deref().unwrap_or("start");
    record.cause.iter().map(|cause| failure(step, cause)).collect()
}

/// One for each finding that nobody accepts; one that failed a step is told with that failure.
pub fn warnings(record: &RunRecord) -> Vec<String> {
    let warning = |finding: &Finding| {
        let title = format!("smoke: finding {}", finding.name.as_str());
        format!("::warning title={}::{}", property(&title), data(&finding.to_string()))
    };
    strict::quiet(record).into_iter().map(warning).collect()
}

/// `file=…,line=…,col=…,` of a text that begins with `FILE:LINE:COLUMN: ` or has it in it. Files are
/// named from the root of what was checked out.
fn place(summary: &str) -> String {
    let root = std::env::var("GITHUB_WORKSPACE").unwrap_or_default();
    let found = summary.split_whitespace().find_map(|word| {
        let mut parts = word.trim_end_matches(':').rsplitn(3, ':');
        let (column, line, file) = (parts.next()?, parts.next()?, parts.next()?);
        let number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        (number(column) && number(line) && file.contains('.')).then_some((file, line, column))
    });
    let Some((file, line, column)) = found else { return String::new() };
    let inside = Utf8Path::new(file).strip_prefix(&root).unwrap_or(Utf8Path::new(file));
    format!("file={},line={line},col={column},", property(inside.as_str()))
}

/// The record of a run with one of several agents, whose failures have the agent's name.
pub fn of_agent(record: &RunRecord, agent: &str) -> RunRecord {
    let mut record = record.clone();
    let steps = record.causes.iter_mut().map(|failure| &mut failure.step);
    steps.chain(&mut record.failed_step).for_each(|step| *step = format!("{agent} {step}"));
    record
}

/// Appends the summary, which is told its room, and the outputs to the files that the runner names.
pub fn write_files(
    summary: impl FnOnce(usize) -> String,
    record: &RunRecord,
    run_folder: &Utf8Path,
) {
    let file = |name: &str| std::env::var(name).ok().filter(|path| !path.is_empty());
    if let Some(path) = file(SUMMARY).map(Utf8PathBuf::from) {
        let used = fs::metadata(&path).map_or(0, |meta| meta.len());
        let room = MOST_SUMMARY.saturating_sub(used) as usize;
        let _ = append(&path).and_then(|mut file| file.write_all(summary(room).as_bytes()));
    }
    if let Some(path) = file(OUTPUT).map(Utf8PathBuf::from) {
        let _ = append(&path)
            .and_then(|mut file| file.write_all(outputs(record, run_folder).as_bytes()));
    }
}

fn append(path: &Utf8Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

fn outputs(record: &RunRecord, run_folder: &Utf8Path) -> String {
    let outcome = serde_json::to_value(record.outcome).unwrap_or_default();
    let cause = record.cause.as_ref();
    let values = [
        ("outcome", outcome.as_str().unwrap_or_default().to_owned()),
        ("exit-code", record.exit_code.map(|code| code.to_string()).unwrap_or_default()),
        ("failed-step", record.failed_step.clone().unwrap_or_default()),
        ("cause", cause.map(|cause| cause.code.as_str().to_owned()).unwrap_or_default()),
        ("summary", cause.map(|cause| cause.summary.clone()).unwrap_or_default()),
        ("run-id", record.id.clone()),
        ("run-folder", run_folder.to_string()),
    ];
    values.iter().map(|(name, value)| output(name, value)).collect()
}

/// A value between two lines that nobody can guess, so that it cannot end itself and go on as
/// another one.
fn output(name: &str, value: &str) -> String {
    let mark = format!("ghadelimiter_{:032x}", fastrand::u128(..));
    format!("{name}<<{mark}\n{value}\n{mark}\n")
}

/// The text of a command, which holds no other one.
fn data(text: &str) -> String {
    text.replace("##[", "## [").replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_in_text_are_none() {
        let text = "a\n  ::error::x\n::set-output name=a::b\n[x] ##[warning]y\nfn a::b()";
        let expected = "a\n  : :error::x\n: :set-output name=a::b\n[x] ## [warning]y\nfn a::b()";
        assert_eq!(defused(text), expected);
    }

    #[test]
    fn the_place_of_a_failure_is_found() {
        let at = place("smoke.toml:3:1: unknown key `x`");
        assert_eq!(at, "file=smoke.toml,line=3,col=1,");
        assert_eq!(place("it exited at 12:30:10 with 1"), "");
        assert_eq!(place("nothing of the kind"), "");
        assert_eq!(property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
    }

    #[test]
    fn a_value_cannot_end_itself() {
        let first = output("a", "x\nEOF\nb=c");
        let lines: Vec<&str> = first.lines().collect();
        assert_eq!(lines[0].strip_prefix("a<<"), lines.last().copied());
        assert_ne!(first, output("a", "x\nEOF\nb=c"));
    }
}
