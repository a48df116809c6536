//! The apps of a run: started, read back, and started anew if they are not what they should be.

use smoke_core::cause::{Cause, Code};
use smoke_core::process::orphans;
use smoke_core::text::tail;

use super::call::{bound, refused};
use super::ecosystem::{self, Ecosystem};
use super::state::State;
use super::{daemon, stale};
use crate::context::Context;
use crate::pm2::{App, Pm2, log};
use crate::roles::supervisor::logs;
use crate::step::Step;

/// Starts the gateway's app, and those that the profile wants beside it.
///
/// # Errors
/// The daemon is not there or loses its pipe, pm2 refuses the app, or the app runs with other
/// values than the run's.
pub fn start(context: &Context, pm2: &Pm2, step: &Step) -> Result<(), Cause> {
    require_daemon(context, pm2, step)?;
    let file = ecosystem::of(context, pm2, step)?;
    let pm2 = Pm2 { cwd: file.folder(), ..pm2.clone() };
    start_anew(context, &pm2, &file, step)?;
    let mut apps = list(context, &pm2, step)?;
    if let Some(difference) = stale::find(context, &file, &apps) {
        step.note(format!("{difference}; deleting the app and starting it anew"));
        start_anew(context, &pm2, &file, step)?;
        apps = list(context, &pm2, step)?;
        if let Some(difference) = stale::find(context, &file, &apps) {
            return Err(difference.cause(&pm2));
        }
    }
    let ours: Vec<&App> = apps.iter().filter(|app| file.names.contains(&app.name)).collect();
    if !ours.iter().any(|app| app.name == file.gateway) {
        let summary = format!("pm2 started no app `{}` of {}", file.gateway, file.path);
        let next = context.folder.read_log("pm2.log");
        return Err(Cause::new(Code::GatewayCrashed, summary, next));
    }
    keep(context, &file.gateway, &ours);
    State::load(context).updated(&apps).save(context);
    Ok(())
}

/// Takes the apps that a script has started as the run's. Returns whether there are any.
///
/// # Errors
/// pm2 does not say which there are.
pub fn adopt(context: &Context, pm2: &Pm2, step: &Step) -> Result<bool, Cause> {
    let apps = list(context, pm2, step)?;
    let Some(first) = apps.first() else { return Ok(false) };
    let named = context.profile.pm2.app.as_ref().map(|app| context.expand(app)).transpose()?;
    let there = named.filter(|name| apps.iter().any(|app| app.name == *name));
    let gateway = there.unwrap_or_else(|| first.name.clone());
    keep(context, &gateway, &apps.iter().collect::<Vec<_>>());
    let daemon = daemon::of_run(context).first().map(|daemon| daemon.pid);
    State { daemon, ..State::load(context) }.updated(&apps).save(context);
    Ok(true)
}

/// The step before has started the daemon; after a retry, there is none.
///
/// # Errors
/// It died, or cannot be started.
pub fn require_daemon(context: &Context, pm2: &Pm2, step: &Step) -> Result<(), Cause> {
    let state = State::load(context);
    if !daemon::of_run(context).is_empty() {
        return Ok(());
    }
    let Some(pid) = state.daemon else { return daemon::begin(context, pm2, step).map(drop) };
    let summary = format!("pm2's daemon (pid {pid}) died before the gateway was started");
    let next = context.folder.read_log("pm2.log");
    let said = tail::lines(&log::path(&context.paths.pm2_home), 8);
    Err(Cause::new(Code::GatewayCrashed, summary, next).evidence(said))
}

/// Starts the apps; those that are there already are deleted first, because pm2 would go on with
/// their old environment and their old arguments. A daemon that loses its pipe is replaced once.
fn start_anew(context: &Context, pm2: &Pm2, file: &Ecosystem, step: &Step) -> Result<(), Cause> {
    let home = &context.paths.pm2_home;
    loop {
        let from = log::length(home);
        let started = delete_and_start(context, pm2, file, step);
        let Some(line) = log::lost_pipe(&log::since(home, from)).map(str::to_owned) else {
            return started;
        };
        daemon::end(context);
        if State::load(context).recovered {
            return Err(daemon::lost_pipe(context, &line));
        }
        step.note("pm2's daemon lost a pipe (write EPIPE); starting it anew");
        State { recovered: true, ..State::default() }.save(context);
        daemon::begin(context, pm2, step)?;
    }
}

fn delete_and_start(
    context: &Context,
    pm2: &Pm2,
    file: &Ecosystem,
    step: &Step,
) -> Result<(), Cause> {
    let call = |arguments: &[&str]| {
        step.log(&format!("$ {} {}", pm2.command.join(" "), arguments.join(" ")));
        let called = pm2.call(arguments, &bound(step));
        called.map_err(|trouble| refused(context, step, trouble, Code::GatewayCrashed))
    };
    let state = State::load(context);
    if !state.unused {
        let there = list(context, pm2, step)?;
        let below = daemon::below(&daemon::of_run(context));
        for name in file.names.iter().filter(|name| there.iter().any(|app| app.name == **name)) {
            orphans::bury_during(&below, || call(&["-s", "delete", name]))?;
        }
    }
    State { unused: false, ..state }.save(context);
    // Without -s, so that it says what it refuses.
    call(&["start", file.path.as_str(), "--only", &file.names.join(",")]).map(drop)
}

fn list(context: &Context, pm2: &Pm2, step: &Step) -> Result<Vec<App>, Cause> {
    let listed = pm2.apps(&bound(step));
    listed.map_err(|trouble| refused(context, step, trouble, Code::GatewayCrashed))
}

/// Remembers which app is the gateway, and where the logs of all of `apps` are, the gateway's first.
fn keep(context: &Context, gateway: &str, apps: &[&App]) {
    let (first, others): (Vec<&App>, Vec<&App>) = apps.iter().partition(|app| app.name == gateway);
    let mut paths: Vec<_> =
        first.into_iter().chain(others).flat_map(|app| app.logs.clone()).collect();
    paths.dedup();
    logs::note(&context.paths.workspace, &paths);
    State { app: gateway.to_owned(), ..State::load(context) }.save(context);
}
