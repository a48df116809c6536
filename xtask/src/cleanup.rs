//! `--cleanup-only`, and what every start does for runs that did not end by themselves.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::files;

use crate::cause::{Cause, Code, Outcome};
use crate::run::record::RunRecord;
use crate::run::workspace::{Workspace, all_in, read_marker};
use crate::screen;
use crate::steps::end_processes;

/// Ends what kept workspaces still run and deletes them; only `wanted`, when one is named.
/// Returns the exit code.
pub fn clean_up(wanted: Option<&Utf8Path>) -> u8 {
    let below = Utf8PathBuf::from_path_buf(std::env::temp_dir()).unwrap_or_else(|_| "/tmp".into());
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
    let summary = format!("{} processes of run {run} cannot be ended", left.len());
    Err(Cause::new(Code::Leak, summary, "end them by their ids").evidence(shown))
}

/// Deletes the workspace at `path` if its run is dead, and says so. A workspace that is locked is
/// in use; one whose run ended as it should was kept on purpose.
pub fn remove_if_dead(path: &Utf8Path) -> Option<String> {
    let marker = read_marker(path)?;
    let file = marker.run_folder.join("run.json");
    let mut record: RunRecord = serde_json::from_str(&fs::read_to_string(&file).ok()?).ok()?;
    if record.outcome != Outcome::Running {
        return None;
    }
    remove(path).ok()?;
    record.outcome = Outcome::Interrupted;
    record.cause = Some(Cause::new(Code::Interrupted, "the run was killed", "run it again"));
    let text = serde_json::to_vec_pretty(&record).unwrap_or_default();
    let _ = files::write_atomic(&file, &text, files::PRIVATE);
    Some(format!("removed {path}, which run {} left when it was killed", marker.run))
}

fn remove(path: &Utf8Path) -> Result<(), Cause> {
    let workspace = Workspace::open(path)?;
    end_stack(&workspace)?;
    workspace.remove().map_err(|error| {
        Cause::new(Code::Leak, format!("{path} cannot be deleted: {error:#}"), "delete it by hand")
    })
}
