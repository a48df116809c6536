//! The last that a run says: how it ended, and all that is wrong, on one screen.

use crate::cause::{Cause, Outcome};
use crate::run::record::{Failure, RunRecord};

/// The most lines that a verdict has.
const LINES: usize = 24;
/// The most lines of evidence for the first failure.
const EVIDENCE: usize = 10;
/// The most characters of a line that quotes something.
const WIDTH: usize = 160;

/// The verdict of a run whose folder is `run_folder`, line by line.
pub fn lines(record: &RunRecord, run_folder: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let seconds = record.duration_ms as f64 / 1000.0;
    match &record.cause {
        Some(cause) => lines.extend(failure(record, cause, seconds)),
        None => lines.push(format!("{} in {seconds:.3} s", word(record.outcome))),
    }
    lines.push(format!("  run folder  {run_folder}"));
    lines
}

fn failure(record: &RunRecord, cause: &Cause, seconds: f64) -> Vec<String> {
    let step = record.failed_step.as_deref().unwrap_or("start");
    let others = record.causes.get(1..).unwrap_or_default();
    // Five lines are fixed, and one announces the others.
    let room = LINES - 5 - usize::from(!others.is_empty());
    let told = others.len().min(room / 2);
    let code = cause.code.as_str();
    let mut lines = vec![
        format!("{} at {step} after {seconds:.3} s [{code}]", word(record.outcome)),
        format!("  {}", cause.summary),
    ];
    let evidence = cause.evidence.iter().take(EVIDENCE.min(room - told));
    lines.extend(evidence.map(|line| format!("    | {}", short(line, WIDTH))));
    lines.push(format!("  try next    {}", cause.next));
    if !others.is_empty() {
        lines.push(header(others, told));
        let left = LINES - 2 - lines.len();
        lines.extend(also(&others[..told], left));
    }
    lines
}

fn header(others: &[Failure], told: usize) -> String {
    let more = others.len() - told;
    let rest = if more == 0 { String::new() } else { format!("; run.json has {more} more") };
    format!("  also wrong{rest}")
}

/// A line for each failure, and what room is left for what its line does not say.
fn also(others: &[Failure], room: usize) -> Vec<String> {
    let mut left = room.saturating_sub(others.len());
    let mut lines = Vec::new();
    for failure in others {
        let Failure { step, cause, follows } = failure;
        let after = follows.as_ref().map(|step| format!(", after {step}")).unwrap_or_default();
        let code = cause.code.as_str();
        lines.push(short(&format!("    {step} [{code}{after}] {}", cause.summary), WIDTH));
        if follows.is_some() {
            continue;
        }
        let new = cause.evidence.iter().filter(|line| !cause.summary.contains(line.as_str()));
        let shown: Vec<_> = new.take(left.min(3)).collect();
        left -= shown.len();
        lines.extend(shown.iter().map(|line| format!("      | {}", short(line, WIDTH))));
    }
    lines
}

fn short(line: &str, width: usize) -> String {
    line.chars().map(|c| if c == '\n' { ' ' } else { c }).take(width).collect()
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
