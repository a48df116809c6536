//! `teardown`: everything that the run started ends, and nothing of it is left.

use std::sync::atomic::Ordering;
use std::time::Duration;

use camino::Utf8Path;
use smoke_core::cause::{Cause, Code};
use smoke_core::process::{self, Process};
use smoke_core::stop::Stop;
use smoke_core::sweep::{Graces, sweep};
use smoke_core::wait::{self, Patience, Probe};
use smoke_record::event::Event;
use smoke_record::plan::Kind;
use smoke_record::run_record::Leak;
use smoke_record::screen;
use smoke_record::workspace::{is_marked, lost, remove_inside};

use super::logs;
use crate::context::Context;
use crate::roles::supervisor;
use crate::step::{Done, Step, leaks};
use crate::system;

/// Ends the processes, saves the stack's logs, deletes the workspace and looks at the host.
pub fn tear_down(context: &Context, step: &Step) -> Result<Done, Cause> {
    context.shared.versions.end();
    // A session that is still open would hold up a gateway that ends in good order.
    context.connection().close();
    supervisor::of(context).stop();
    report_left_behind(context, step);
    let left = sweep(&|| own_processes(context), &graces(context));
    logs::save(context, step);
    if context.options.capture.diag_logs {
        let _ = system::capture(context, "after");
    }
    let removed = remove_homes(context).and_then(|()| remove_workspace(context));
    let host = context.host.compare();
    step.emit(Event::HostCompared(host.clone()));
    survived(step, left)?;
    removed?;
    if host.untouched {
        return Ok(Done::ONCE);
    }
    let summary = "the developer's own setup changed while the run was going on";
    let next = "unless it was you: see that the stack takes its folders from the run's variables";
    Err(Cause::new(Code::HostTouched, summary, next).evidence(host.changed))
}

/// The supervisor has ended the gateway, and with it all that belongs to it: whatever lives on a
/// moment later was left behind.
fn report_left_behind(context: &Context, step: &Step) {
    let patience = Patience::local(Duration::from_secs(2));
    let gone = wait::until(
        patience,
        &Stop::default(),
        |_| (),
        |_| match process::found_by(|| own_processes(context)) {
            left if left.is_empty() => Probe::Ready(()),
            left => Probe::NotYet(left),
        },
    );
    let Err(failure) = gone else { return };
    let left = failure.attempts.into_iter().last().map(|last| last.reason).unwrap_or_default();
    for process in left {
        let environment = process::environment(process.pid).unwrap_or_default();
        let by = environment.into_iter().find(|(key, _)| key == leaks::STEP);
        let step_id = by.map_or_else(|| Kind::Start.word().to_owned(), |(_, step)| step);
        let (pid, argv, holds) = (process.pid, process.argv, "nothing".to_owned());
        step.emit(Event::LeakFound(Leak { pid, argv, step: step_id, holds }));
    }
}

/// What the run has started: all that carries its id, and all that descends from this process,
/// which adopts its orphans; the one that cleared its environment is among those.
fn own_processes(context: &Context) -> Vec<Process> {
    let own = std::process::id() as i32;
    let carriers = process::of_run(&context.run.id);
    let roots = carriers.iter().map(|process| process.pid).chain([own]);
    let mut found = process::family(&roots.collect::<Vec<_>>());
    found.retain(|process| process.pid != context.held.guard && process.pid != own);
    found
}

/// Who asks twice does not want to wait.
fn graces(context: &Context) -> Graces {
    if context.stop.count() > 1 { Graces::short() } else { Graces::default() }
}

/// Ends all processes of run `id`, and returns those that cannot be ended.
pub fn end_processes(id: &str) -> Vec<Process> {
    sweep(&|| processes_of(id), &Graces::default())
}

/// All that carries the id of run `id`, and all that descends from it: a supervisor may give its
/// apps an environment without it.
fn processes_of(id: &str) -> Vec<Process> {
    let carriers = process::of_run(id);
    process::family(&carriers.iter().map(|process| process.pid).collect::<Vec<_>>())
}

fn survived(step: &Step, left: Vec<Process>) -> Result<(), Cause> {
    if left.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> =
        left.iter().map(|p| format!("pid {} ({}): {}", p.pid, p.state, p.command_line())).collect();
    for process in left {
        let (pid, argv, holds) = (process.pid, process.argv, "nothing".to_owned());
        step.emit(Event::LeakFound(Leak { pid, argv, step: Kind::Teardown.word().into(), holds }));
    }
    let summary = format!("{} cannot be ended", screen::count(shown.len(), "process"));
    Err(Cause::new(Code::Leak, summary, "end them by their ids").evidence(shown))
}

/// They may hold a login, and go even if the workspace stays.
fn remove_homes(context: &Context) -> Result<(), Cause> {
    let remove = |home: &Utf8Path| {
        remove_inside(home).map_err(|error| {
            let summary = format!("{home} cannot be deleted: {error:#}");
            Cause::new(Code::Leak, summary, "delete it by hand")
        })
    };
    context.paths.homes().into_iter().try_for_each(remove)
}

fn remove_workspace(context: &Context) -> Result<(), Cause> {
    let taken = context.held.workspace.lock().ok().and_then(|mut workspace| workspace.take());
    let Some(workspace) = taken else { return Ok(()) };
    if context.options.workspace.keep || context.held.keep.load(Ordering::SeqCst) {
        return Ok(());
    }
    let path = context.paths.workspace.as_path();
    if !is_marked(path) {
        return Err(lost(path));
    }
    workspace.remove().map_err(|error| {
        let next = format!("cargo xtask smoke --cleanup-only --workspace {path}");
        Cause::new(Code::Leak, format!("the workspace cannot be deleted: {error:#}"), next)
    })
}
