//! The verdict on a run that was hit: its record is held to what happened to it.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use rustix::process::Signal;
use serde_json::Value;
use smoke_core::cause::Outcome;
use smoke_harness::port;
use smoke_record::run_record::RunRecord;

use super::hit::{Ended, Hit, How, Whom};
use super::place::{Place, text};

/// What became of the run, in a word, if that is as it may be. `known` are the run folders that
/// were there before.
///
/// # Errors
/// It may not be so; the error says why.
pub fn judge(
    place: &Place,
    hit: &Hit,
    ended: Ended,
    known: &BTreeSet<Utf8PathBuf>,
) -> Result<String> {
    let new = place.runs();
    let Some(folder) = new.difference(known).next() else { return unrecorded(hit, ended) };
    let json = text(&folder.join("run.json"));
    if json.is_empty() && killed(hit) {
        return Ok("no record yet".into());
    }
    let record: RunRecord =
        serde_json::from_str(&json).with_context(|| format!("read {folder}/run.json"))?;
    events_are_whole(folder, killed(hit))?;
    if record.port != 0 && port::lease(Some(record.port)).is_err() {
        bail!("port {} is still held", record.port);
    }
    fits(hit, ended, &record).with_context(|| format!("see {folder}"))?;
    Ok(format!("{:?}", record.outcome).to_lowercase())
}

fn killed(hit: &Hit) -> bool {
    hit.how == How::Once(Signal::KILL) && !matches!(hit.whom, Whom::Supervisor | Whom::Gateway)
}

/// A run that ended before it had a folder was ended by the signal itself.
fn unrecorded(hit: &Hit, ended: Ended) -> Result<String> {
    match hit.how {
        How::Once(signal) if ended.signal() == Some(signal.as_raw()) => Ok("no record yet".into()),
        How::Twice if ended.signal() == Some(Signal::INT.as_raw()) => Ok("no record yet".into()),
        _ => bail!("it ended with {ended}, and without a run folder"),
    }
}

/// Only the last line of a run that was killed may be torn.
fn events_are_whole(folder: &Utf8Path, torn: bool) -> Result<()> {
    let events = text(&folder.join("events.jsonl"));
    let lines: Vec<&str> = events.split_inclusive('\n').collect();
    for (number, line) in lines.iter().enumerate() {
        let last = torn && number + 2 >= lines.len();
        if !last && serde_json::from_str::<Value>(line).is_err() {
            bail!("line {} of {folder}/events.jsonl is torn: {line}", number + 1);
        }
    }
    Ok(())
}

/// Whether record and exit code tell what happened.
fn fits(hit: &Hit, ended: Ended, record: &RunRecord) -> Result<()> {
    let outcome = record.outcome;
    // A signal may come when all is over.
    let passed = outcome == Outcome::Passed && record.cause.is_none();
    let code = ended.code().map(|code| code as u8);
    let fine = match (hit.whom, hit.how) {
        _ if killed(hit) => passed || outcome == Outcome::Interrupted,
        (Whom::Harness, How::Pause(_)) => passed && code == Some(0),
        (Whom::Harness, how) => {
            let signal = if let How::Once(signal) = how { signal } else { Signal::INT };
            let interrupted = Some(128 + signal.as_raw() as u8);
            (passed && code == Some(0))
                || (outcome == Outcome::Interrupted
                    && code == interrupted
                    && record.exit_code == interrupted)
        }
        // A stack that loses a part may fail, in its words, or be started again in time.
        _ => (passed || record.cause.is_some()) && code == record.exit_code && code.is_some(),
    };
    if !fine {
        let cause = record.cause.as_ref().map(|cause| &cause.summary);
        bail!("it ended with {ended}, and its record says {outcome:?}: {cause:?}");
    }
    Ok(())
}
