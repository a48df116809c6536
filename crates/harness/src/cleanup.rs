//! Cleanup: `--cleanup-only`, and what every start does for runs that did not end by themselves.

use std::fs::TryLockError;
use std::io::{self, Write};
use std::time::SystemTime;

use camino::Utf8Path;
use smoke_core::cause::{Cause, Code, Outcome};
use smoke_core::{beneath, files};
use smoke_record::event::{Event, Timed};
use smoke_record::fold::fold;
use smoke_record::folder::RunFolder;
use smoke_record::report::{self, history};
use smoke_record::reserve::Reserve;
use smoke_record::run_record::{Failure, RunRecord, StepRecord};
use smoke_record::screen;
use smoke_record::workspace::{Marker, Workspace, all_in, is_marked, read_marker, usual_place};

use crate::orphans;
use crate::steps::end_processes;

/// Ends what kept workspaces still run and deletes them; only `wanted`, when one is named.
/// Returns the exit code.
pub fn clean_up(wanted: Option<&Utf8Path>) -> u8 {
    let below = usual_place();
    let found = wanted.map_or_else(|| all_in(&below), |path| vec![path.to_owned()]);
    if found.is_empty() {
        screen::say(&format!("no workspace is left in {below}"));
    }
    let mut code = 0;
    for path in found {
        match remove(&path) {
            Ok(()) => screen::say(&format!("removed {path}")),
            // One that a run is using is not left over; only when it was named is that a failure.
            Err(cause) if wanted.is_none() && cause.code == Code::WorkspaceBusy => {
                screen::say(&format!("left {path}: {}", cause.summary));
            }
            Err(cause) => {
                screen::say(&format!("error [{}]: {}", cause.code.as_str(), cause.summary));
                screen::say(&format!("  try next    {}", cause.next));
                code = code.max(cause.exit_code());
            }
        }
    }
    code
}

/// Ends the stack that a kept workspace still runs.
///
/// # Errors
/// Some of its processes cannot be ended.
pub fn end_stack(workspace: &Workspace) -> Result<(), Cause> {
    let run = workspace.marker().run;
    if run.is_empty() {
        return Ok(());
    }
    let left = end_processes(&run);
    if left.is_empty() {
        return Ok(());
    }
    let shown =
        left.iter().map(|process| format!("pid {}: {}", process.pid, process.command_line()));
    let summary = format!("{} of run {run} cannot be ended", screen::count(left.len(), "process"));
    Err(Cause::new(Code::Leak, summary, "end them by their ids").evidence(shown))
}

/// A workspace whose run waits for a person is in use, though nobody locks it.
///
/// # Errors
/// It is such a one.
pub fn refuse_waiting(workspace: &Workspace) -> Result<(), Cause> {
    let (marker, path) = (workspace.marker(), workspace.path());
    if read_record(&marker.run_folder).is_none_or(|record| record.outcome != Outcome::Manual) {
        return Ok(());
    }
    let summary = format!("run {} in {path} waits for a person", marker.run);
    let next =
        format!("cargo xtask smoke --resume --workspace {path}, or --cleanup-only to end it");
    Err(Cause::new(Code::WorkspaceBusy, summary, next))
}

/// Deletes the workspace at `path` if its run is dead, and says so. A workspace that is locked is
/// in use; one whose run ended as it should was kept on purpose.
pub fn remove_if_dead(path: &Utf8Path) -> Option<String> {
    let marker = read_marker(path)?;
    if read_record(&marker.run_folder)?.outcome != Outcome::Running {
        return None;
    }
    let workspace = Workspace::open(path).ok()?;
    end_stack(&workspace).ok()?;
    orphans::end(workspace.path(), said_last(&marker.run_folder)?);
    workspace.remove().ok()?;
    mark_left(&marker);
    Some(format!("removed {path}, which run {} left when it was killed", marker.run))
}

/// When the run recorded something last.
fn said_last(run_folder: &Utf8Path) -> Option<SystemTime> {
    let changed = |name: &str| run_folder.join(name).metadata().ok()?.modified().ok();
    ["run.json", "events.jsonl", "harness.log"].into_iter().filter_map(changed).max()
}

/// Says in the record of the run that left a workspace with this marker that it was interrupted, if
/// it did not end by itself. Whoever asks holds the workspace.
pub fn mark_left(marker: &Marker) {
    mark_interrupted(&marker.run_folder, "the run was killed, and nothing cleaned up after it");
}

/// Says in the records beside `own` that runs were interrupted which were killed, with their guard,
/// and whose workspace is gone, or never was. Only the newest are looked at: older ones were seen
/// before.
pub fn mark_dead_records(own: &Utf8Path) {
    const NEWEST: usize = 20;
    let folders = own.parent().and_then(|runs| runs.read_dir_utf8().ok());
    let mut runs: Vec<_> =
        folders.into_iter().flatten().flatten().map(|run| run.into_path()).collect();
    runs.sort();
    for run in runs.iter().rev().take(NEWEST).filter(|run| *run != own) {
        let text = files::read_to_string(&run.join("run.json")).unwrap_or_default();
        // Most records need not be read to know that their run has ended.
        if text.contains("\"running\"") && is_dead(run) {
            mark_interrupted(run, "the run was killed, and its guard with it");
        }
    }
}

/// Whether nobody records the run any more, and nothing but its record is left to be cleared up.
fn is_dead(run: &Utf8Path) -> bool {
    // Asked first: the events of a run that goes on may be many.
    let unlocked = || files::open(&run.join("harness.log"))?.try_lock().map_err(io::Error::from);
    let workspace_is_gone = |record: RunRecord| !is_marked(Utf8Path::new(&record.workspace));
    unlocked().is_ok() && read_running(run).is_some_and(workspace_is_gone)
}

/// Says in the record of a run that ended without a word that it was interrupted. The run's guard
/// and a later run may both find it: who holds the folder says it, and the other has nothing to add.
pub fn mark_interrupted(run_folder: &Utf8Path, summary: &str) {
    let folder = beneath::folder(run_folder);
    if folder.as_ref().is_ok_and(|held| matches!(held.try_lock(), Err(TryLockError::WouldBlock))) {
        return;
    }
    let Some(mut record) = read_running(run_folder) else { return };
    let running = |step: &&mut StepRecord| step.outcome == Outcome::Running;
    for step in record.steps.iter_mut().filter(running) {
        step.outcome = Outcome::Interrupted;
        step.duration_ms = record.duration_ms.saturating_sub(step.started_ms);
        record.failed_step.get_or_insert_with(|| step.id.clone());
    }
    let cause = Cause::new(Code::Interrupted, summary, "run it again");
    let event = Event::RunFinished {
        outcome: Outcome::Interrupted,
        exit_code: 137,
        failed_step: record.failed_step.clone(),
        causes: failures(&record, &cause),
        cause: Some(cause),
    };
    let timed = Timed { t_ms: record.duration_ms, event };
    fold(&mut record, &timed);
    let mut line = serde_json::to_vec(&timed).unwrap_or_default();
    line.push(b'\n');
    let text = serde_json::to_vec_pretty(&record).unwrap_or_default();
    Reserve::left_in(run_folder).release();
    let folder = RunFolder::open(run_folder);
    // Whoever is killed with a full disk has nothing that could be said better.
    let _ = folder
        .append("events.jsonl")
        .and_then(|mut events| {
            let whole = whole_lines(&run_folder.join("events.jsonl"))?;
            events.set_len(whole).and_then(|()| events.write_all(&line))
        })
        .and_then(|()| folder.replace_for_good("run.json", &text));
    let _ = report::write(run_folder);
}

/// What failed before the run was interrupted comes after that it was.
fn failures(record: &RunRecord, cause: &Cause) -> Vec<Failure> {
    let first = Failure::new(record.failed_step.clone().unwrap_or_default(), cause.clone());
    let earlier =
        record.steps.iter().filter_map(|step| Some(Failure::new(&step.id, step.cause.clone()?)));
    [first].into_iter().chain(earlier).collect()
}

/// The length of a file up to its last line break: who is killed may have been writing a line.
fn whole_lines(path: &Utf8Path) -> io::Result<u64> {
    let bytes = files::read(path)?;
    let end = bytes.iter().rposition(|byte| *byte == b'\n');
    Ok(end.map_or(0, |at| at as u64 + 1))
}

/// What is known of a run that goes on or was killed: its events may know more than its record.
fn read_running(run_folder: &Utf8Path) -> Option<RunRecord> {
    let record = read_record(run_folder).filter(|record| record.outcome == Outcome::Running)?;
    Some(history::read(run_folder).map_or(record, |history| history.record))
}

fn read_record(run_folder: &Utf8Path) -> Option<RunRecord> {
    serde_json::from_str(&files::read_to_string(&run_folder.join("run.json")).ok()?).ok()
}

fn remove(path: &Utf8Path) -> Result<(), Cause> {
    let workspace = Workspace::open(path)?;
    end_stack(&workspace)?;
    workspace.remove().map_err(|error| {
        Cause::new(Code::Leak, format!("{path} cannot be deleted: {error:#}"), "delete it by hand")
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use camino::Utf8PathBuf;

    use super::*;

    #[test]
    fn of_many_who_find_a_dead_run_one_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        fs::write(folder.join("run.json"), running().to_string()).unwrap();
        std::thread::scope(|scope| {
            (0..8).for_each(|_| drop(scope.spawn(|| mark_interrupted(&folder, "it was killed"))));
        });
        let events = fs::read_to_string(folder.join("events.jsonl")).unwrap();
        assert_eq!(events.matches("run-finished").count(), 1, "{events}");
        assert_eq!(read_record(&folder).unwrap().outcome, Outcome::Interrupted);
    }

    /// A run that is killed may have recorded more events than it had time to put into its record.
    #[test]
    fn what_only_the_events_know_of_a_dead_run_is_in_its_record() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        fs::write(folder.join("run.json"), running().to_string()).unwrap();
        let second = r#"{"t_ms": 7, "event": "step-started", "step": "clone", "log": "l"}"#;
        let started = Event::RunStarted(serde_json::from_value(running()).unwrap());
        let first = serde_json::to_string(&Timed { t_ms: 0, event: started }).unwrap();
        fs::write(folder.join("events.jsonl"), format!("{first}\n{second}\n")).unwrap();
        mark_interrupted(&folder, "it was killed");
        let record = read_record(&folder).unwrap();
        assert_eq!((record.failed_step.as_deref(), record.duration_ms), (Some("clone"), 7));
        assert_eq!(record.outcome, Outcome::Interrupted);
    }

    fn running() -> serde_json::Value {
        serde_json::json!({
            "schema": 1, "id": "x", "profile": "p", "command": [], "workspace": "", "port": 0,
            "source": {"path": "", "commit": "", "tree": "", "dirty": false},
            "started_at": "", "duration_ms": 1, "outcome": "running", "exit_code": null,
            "failed_step": null, "cause": null, "stages": [],
            "steps": [{"id": "clone", "outcome": "skipped", "needs": [], "started_ms": 0,
                "duration_ms": 0, "deadline_ms": 9, "attempts": 0, "cached": false, "log": null,
                "cause": null}], "leaks": [],
            "env_audit": {"processes": 0, "mismatches": []},
            "host": {"untouched": true, "changed": []},
        })
    }
}
