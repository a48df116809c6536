//! The history of a run, read back from its events, as far as they were written and can be understood.

use std::io::{self, BufRead, BufReader, Read};

use anyhow::{Context, Result};
use camino::Utf8Path;
use smoke_core::cause::Outcome;
use smoke_core::files;

use crate::event::{Event, Timed};
use crate::fold::fold;
use crate::run_record::RunRecord;
use crate::sample::Sample;

/// The longest line that is read, in bytes.
const LONGEST: u64 = 64 << 20;
/// The most attempts, remarks and samples that are kept, each.
const MOST: usize = 5_000;

/// What became of a run.
#[derive(Debug)]
pub struct History {
    /// The run record that follows from the events.
    pub record: RunRecord,
    /// Attempts of waits that failed.
    pub attempts: Vec<Attempt>,
    /// What the run used of the machine, each with its time in milliseconds.
    pub samples: Vec<(u64, Sample)>,
    /// Remarks about the run as a whole.
    pub remarks: Vec<(u64, String)>,
    /// How many lines were no events that this version understands.
    pub strange: usize,
}

/// A failed attempt of a wait.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// When, in milliseconds.
    pub t_ms: u64,
    /// The step that waits.
    pub step: String,
    /// Why it failed.
    pub reason: String,
}

/// Reads the run in `folder` from its `events.jsonl`. A line that is cut short, as by a kill, and
/// events of a kind that this version does not know are counted and passed over.
///
/// # Errors
/// There are no events, or none that says which run it is.
pub fn read(folder: &Utf8Path) -> Result<History> {
    let path = folder.join("events.jsonl");
    let file = files::open(&path).with_context(|| format!("open {path}"))?;
    let mut reader = BufReader::new(file);
    let (mut history, mut strange) = (None, 0);
    let mut line = Vec::new();
    while next(&mut reader, &mut line).with_context(|| format!("read {path}"))? {
        match serde_json::from_slice::<Timed>(&line) {
            Ok(timed) => take(&mut history, timed),
            Err(_) => strange += 1,
        }
    }
    let history = history.with_context(|| format!("{path} does not say which run it is of"))?;
    Ok(History { strange, ..history })
}

/// Reads the next line; false at the end. Of a line that is too long, the rest is left out.
fn next(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let read = reader.take(LONGEST).read_until(b'\n', line)?;
    if read as u64 == LONGEST {
        reader.skip_until(b'\n')?;
    }
    Ok(read > 0)
}

fn take(history: &mut Option<History>, timed: Timed) {
    let Some(history) = history else {
        if let Event::RunStarted(record) = timed.event {
            *history = Some(History {
                record: *record,
                attempts: Vec::new(),
                samples: Vec::new(),
                remarks: Vec::new(),
                strange: 0,
            });
        }
        return;
    };
    let before = history.record.duration_ms;
    fold(&mut history.record, &timed);
    // Events come from several threads, and a run does not get shorter.
    history.record.duration_ms = before.max(timed.t_ms);
    let t_ms = timed.t_ms;
    match timed.event {
        Event::Attempt { step, reason, .. } if history.attempts.len() < MOST => {
            history.attempts.push(Attempt { t_ms, step, reason });
        }
        Event::Sampled(sample) if history.samples.len() < MOST => {
            history.samples.push((t_ms, sample));
        }
        Event::Remark { text } if history.remarks.len() < MOST => {
            history.remarks.push((t_ms, text));
        }
        _ => {}
    }
}

impl History {
    /// When a step ended, or how far the run had come if it did not; in milliseconds.
    pub fn end_of(&self, step: &crate::run_record::StepRecord) -> u64 {
        match step.outcome {
            Outcome::Running => self.record.duration_ms,
            _ => step.started_ms + step.duration_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// As an early version wrote it, with what every later one takes for granted left out.
    fn started() -> String {
        let step = json!({"id": "ready", "outcome": "skipped", "started_ms": 0, "duration_ms": 0,
            "deadline_ms": 90_000, "attempts": 0, "cached": false, "log": null, "cause": null});
        json!({"t_ms": 0, "event": "run-started", "schema": 1, "id": "x", "profile": "p",
            "source": {"path": "/", "commit": "c", "tree": "t", "dirty": false},
            "command": ["smoke"], "workspace": "/w", "port": 1,
            "started_at": "2026-01-31T00:00:00Z", "duration_ms": 0, "outcome": "running",
            "exit_code": null, "failed_step": null, "cause": null, "steps": [step], "stages": [],
            "env_audit": {"processes": 0, "mismatches": []}, "leaks": [],
            "host": {"untouched": true, "changed": []}})
        .to_string()
    }

    fn read_text(text: &str) -> Result<History> {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap();
        std::fs::write(path.join("events.jsonl"), text).unwrap();
        read(path)
    }

    #[test]
    fn a_run_that_was_killed_while_it_wrote_is_read_up_to_there() {
        let step = r#"{"t_ms":5,"event":"step-started","step":"ready","log":"logs/ready.log"}"#;
        let try_ = r#"{"t_ms":9,"event":"attempt","step":"ready","number":1,"at_ms":4,"reason":"refused"}"#;
        let text = format!("{}\n{step}\n{try_}\n{{\"t_ms\":11,\"event\":\"att", started());
        let history = read_text(&text).unwrap();
        assert_eq!(history.record.outcome, Outcome::Running);
        assert_eq!(history.record.steps[0].outcome, Outcome::Running);
        assert_eq!(history.end_of(&history.record.steps[0]), 9);
        assert_eq!((history.attempts.len(), history.strange), (1, 1));
    }

    #[test]
    fn what_another_version_wrote_is_passed_over() {
        let later = r#"{"t_ms":7,"event":"teleported","where":"x"}"#;
        let history = read_text(&format!("\u{0}\n{}\n{later}\n", started())).unwrap();
        assert_eq!((history.strange, history.record.duration_ms), (2, 0));
    }

    #[test]
    fn events_without_a_beginning_are_no_run() {
        assert!(read_text("{}\n").unwrap_err().to_string().contains("which run"));
        assert!(read(Utf8Path::new("/no/such")).is_err());
    }
}
