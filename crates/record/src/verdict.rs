//! The verdict, the last that a run says: how it ended, and all that is wrong, on one screen.

use std::collections::BTreeSet;

use smoke_core::cause::{Cause, Outcome};

use crate::run_record::{Failure, RunRecord};
use crate::screen::width::{columns as taken, fit};
use crate::strict;

/// The most lines that a verdict has.
const LINES: usize = 24;
/// The most lines of evidence that are shown for the first failure, of those that its cause has.
pub const LINES_SHOWN: usize = 10;
/// The most findings that are told of a run that passed; of another there is room for one line.
const FINDINGS: usize = 8;
/// The most characters of a line that quotes something.
const WIDTH: usize = 160;

/// The verdict of a run whose folder is `run_folder`, line by line. On a terminal with so many
/// `columns`, lines that it will wrap count for what they take.
pub fn lines(record: &RunRecord, run_folder: &str, columns: Option<usize>) -> Vec<String> {
    let width = columns.unwrap_or(WIDTH).min(WIDTH);
    let mut lines = vec![String::new()];
    let seconds = record.duration_ms as f64 / 1000.0;
    match &record.cause {
        Some(cause) => lines.extend(failure(
            record,
            cause,
            seconds,
            width,
            wrapped(cause, run_folder, columns),
        )),
        None => {
            lines.push(format!("{} in {seconds:.3} s", word(record.outcome)));
            lines.extend(findings(record, FINDINGS, width));
        }
    }
    lines.push(format!("  run folder  {run_folder}"));
    lines
}

/// How many lines more than three a terminal makes of those that are never cut.
fn wrapped(cause: &Cause, run_folder: &str, columns: Option<usize>) -> usize {
    let Some(columns) = columns else { return 0 };
    let whole = [(2, cause.summary.as_str()), (14, cause.next.as_str()), (14, run_folder)];
    whole.iter().map(|(indent, text)| (indent + taken(text)).saturating_sub(1) / columns).sum()
}

fn failure(
    record: &RunRecord,
    cause: &Cause,
    seconds: f64,
    width: usize,
    wrapped: usize,
) -> Vec<String> {
    let step = record.failed_step.as_deref().unwrap_or("start");
    let others = record.causes.get(1..).unwrap_or_default();
    // Five lines are fixed, and one announces the others.
    let found = findings(record, 1, width);
    let room = (LINES - 5 - usize::from(!others.is_empty()) - found.len()).saturating_sub(wrapped);
    let told = others.len().min(room / 2);
    let quoted: Vec<Vec<&String>> = others[..told].iter().map(quotable).collect();
    let wanted = [cause.evidence.len()].into_iter().chain(quoted.iter().map(Vec::len));
    let shares = share(wanted.map(|lines| lines.min(LINES_SHOWN)).collect(), room - told);
    let code = cause.code.as_str();
    let mut lines = vec![
        format!("{} at {step} after {seconds:.3} s [{code}]", word(record.outcome)),
        format!("  {}", cause.summary),
    ];
    let evidence = cause.evidence.iter().take(shares[0]).map(|line| flat(&format!("    | {line}")));
    let left = room - told - shares.iter().sum::<usize>();
    lines.extend(whole_or_short(evidence.collect(), width, left));
    lines.push(format!("  try next    {}", cause.next));
    if !others.is_empty() {
        lines.push(header(others, told));
    }
    for (at, failure) in others[..told].iter().enumerate() {
        lines.push(also(failure, width));
        let evidence = quoted[at].iter().take(shares[at + 1]);
        lines.extend(evidence.map(|line| short(&format!("      | {line}"), width)));
    }
    lines.extend(found);
    lines
}

/// The findings that nobody accepts and that failed nothing, in so many lines at most.
fn findings(record: &RunRecord, most: usize, width: usize) -> Vec<String> {
    let open = strict::quiet(record);
    let told = if open.len() > most { most - 1 } else { open.len() };
    let line = |text: String| short(&format!("  finding     {text}"), width);
    let mut lines: Vec<String> = open[..told].iter().map(|it| line(it.to_string())).collect();
    let names: BTreeSet<&str> = open[told..].iter().map(|finding| finding.name.as_str()).collect();
    if !names.is_empty() {
        let names: Vec<&str> = names.into_iter().collect();
        lines.push(line(format!("{} more in run.json: {}", open.len() - told, names.join(", "))));
    }
    lines
}

/// Lines that a terminal may wrap, as long as there are so many lines `left` for it; the last ones come
/// first, since they say how it ended. The others are cut.
fn whole_or_short(mut lines: Vec<String>, width: usize, mut left: usize) -> Vec<String> {
    for line in lines.iter_mut().rev() {
        let more = taken(line).saturating_sub(1) / width.max(1);
        match left.checked_sub(more) {
            Some(rest) if taken(line) <= WIDTH => left = rest,
            _ => *line = short(line, width),
        }
    }
    lines
}

/// Gives each a line in turn, until it has what it wanted or nothing is left.
fn share(wanted: Vec<usize>, mut room: usize) -> Vec<usize> {
    let mut shares = vec![0; wanted.len()];
    while room > 0 && shares != wanted {
        for (share, wanted) in shares.iter_mut().zip(&wanted) {
            if *share < *wanted && room > 0 {
                (*share, room) = (*share + 1, room - 1);
            }
        }
    }
    shares
}

/// The evidence that a failure's line does not say. One that another explains needs none.
fn quotable(failure: &Failure) -> Vec<&String> {
    let Failure { cause, follows, .. } = failure;
    let new = cause.evidence.iter().filter(|line| !cause.summary.contains(line.as_str()));
    if follows.is_some() { Vec::new() } else { new.collect() }
}

fn header(others: &[Failure], told: usize) -> String {
    let more = others.len() - told;
    let rest = if more == 0 { String::new() } else { format!("; run.json has {more} more") };
    format!("  also wrong{rest}")
}

fn also(failure: &Failure, width: usize) -> String {
    let Failure { step, cause, follows } = failure;
    let after = follows.as_ref().map(|step| format!(", after {step}")).unwrap_or_default();
    short(&format!("    {step} [{}{after}] {}", cause.code.as_str(), cause.summary), width)
}

fn short(line: &str, width: usize) -> String {
    fit(&flat(line), width)
}

fn flat(line: &str) -> String {
    line.replace('\n', " ")
}

/// An outcome in words.
pub fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Running => "running",
        Outcome::Passed => "passed",
        Outcome::Failed => "FAILED",
        Outcome::TimedOut => "TIMED OUT",
        Outcome::Skipped => "skipped",
        Outcome::Manual => "waiting for a person",
        Outcome::Interrupted => "interrupted",
        Outcome::Error => "ERROR",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_shared_line_by_line() {
        assert_eq!(share(vec![1, 9, 0, 2], 7), [1, 4, 0, 2]);
        assert_eq!(share(vec![1, 2], 9), [1, 2]);
    }

    #[test]
    fn the_last_lines_stay_whole_where_there_is_room() {
        let lines = || ["first line", "second line", "last"].map(str::to_owned).to_vec();
        let shown = |left| whole_or_short(lines(), 6, left);
        assert_eq!(shown(0), ["first ", "second", "last"]);
        assert_eq!(shown(1), ["first ", "second line", "last"]);
        assert_eq!(shown(2), lines());
    }
}
