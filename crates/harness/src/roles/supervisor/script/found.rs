//! The processes that a start script has left running, and where they write.

use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::process::{self, Process};
use smoke_core::stop::Stop;
use smoke_core::wait::{self, Patience, Probe};

use super::follow;
use crate::context::Context;
use crate::step::leaks;

/// The step that a script's processes belong to, also when the wait starts them once more.
pub const STEP: &str = "start";

/// What the script has started, in whatever session and below whomever it is by now. A process that is
/// just becoming another program shows no environment for a moment: nothing is found only if nothing
/// is found for a while.
pub fn of_run(context: &Context) -> Vec<Process> {
    let patience = Patience::local(Duration::from_millis(400));
    let look = |_| match look(context) {
        found if found.is_empty() => Probe::NotYet("nothing runs"),
        found => Probe::Ready(found),
    };
    wait::until(patience, &Stop::default(), |_| (), look).unwrap_or_default()
}

fn look(context: &Context) -> Vec<Process> {
    let mut carriers = process::of_run(&context.run.id);
    carriers.retain(|process| {
        let environment = process::environment(process.pid).unwrap_or_default();
        environment.iter().any(|(key, value)| key == leaks::STEP && value == STEP)
    });
    let own = std::process::id() as i32;
    let roots: Vec<i32> = carriers.iter().map(|process| process.pid).collect();
    let mut found = process::family(&roots);
    found.retain(|process| process.pid != own && process.pid != context.held.guard);
    found
}

/// The script itself, and what is still in its group.
pub fn of_script(group: i32) -> Vec<Process> {
    let mut members = process::members(group);
    members.retain(Process::lives_on);
    members
}

/// The process of `stack` that listens at the run's port, else the first.
pub fn gateway(context: &Context, stack: &[Process]) -> Option<i32> {
    let listening = process::ports_of(stack);
    let at_port = listening.into_iter().find(|(port, _)| *port == context.run.port);
    at_port.map(|(_, pid)| pid).or_else(|| stack.first().map(|process| process.pid))
}

/// The files that the stack writes to, as far as they lie in the workspace: what its processes have
/// as their outputs, then the logs of the clone and of the run; the script's own output is the last.
pub fn logs(context: &Context) -> Vec<Utf8PathBuf> {
    let paths = &context.paths;
    let stack = of_run(context);
    let outputs = stack.iter().flat_map(|process| process::outputs(process.pid));
    let own = follow::log(context);
    let mut logs: Vec<Utf8PathBuf> = outputs.map(Utf8PathBuf::from).collect();
    logs.extend(newest_first(&paths.clone.join("logs")));
    logs.extend(newest_first(&paths.logs));
    logs.retain(|path| path.starts_with(&paths.workspace) && *path != own && path.is_file());
    let mut seen = std::collections::BTreeSet::new();
    logs.retain(|path| seen.insert(path.clone()));
    logs.push(own);
    logs
}

fn newest_first(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let entries = folder.read_dir_utf8().into_iter().flatten().flatten();
    let written = |path: &Utf8PathBuf| path.metadata().and_then(|meta| meta.modified()).ok();
    let mut files: Vec<(Option<SystemTime>, Utf8PathBuf)> = entries
        .map(|entry| entry.into_path())
        .filter(|path| path.is_file())
        .map(|path| (written(&path), path))
        .collect();
    files.sort_by(|one, other| other.cmp(one));
    files.into_iter().map(|(_, path)| path).collect()
}
