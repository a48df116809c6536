//! pm2's daemon: started before anything is started on it, and ended with the run.

use std::cell::RefCell;
use std::time::Duration;

use camino::Utf8Path;
use rustix::process::Signal;
use smoke_core::cause::{Cause, Code};
use smoke_core::files;
use smoke_core::process::{self, Process, RUN_ID, orphans};
use smoke_core::stop::Stop;
use smoke_core::sweep::{Escalation, Graces, sweep};
use smoke_core::wait::{self, Patience, Probe};
use smoke_record::event::Event;

use super::call::{bound, refused};
use super::state::State;
use crate::context::Context;
use crate::pm2::{Pm2, Trouble, log};
use crate::step::Step;

/// How often the daemon is started: one that lost its pipe gets a second chance.
const ATTEMPTS: usize = 2;

/// Starts the daemon. Returns how many attempts it took.
///
/// # Errors
/// pm2 is missing, hangs or fails, an earlier daemon does not give way, or the new one has lost its
/// pipe twice.
pub fn begin(context: &Context, pm2: &Pm2, step: &Step) -> Result<usize, Cause> {
    step.log(&format!("PM2_HOME={}", context.paths.pm2_home));
    end_earlier(context, pm2, step)?;
    let recovered = State::load(context).recovered;
    let mut attempt = if recovered { ATTEMPTS } else { 1 };
    while let Some(line) = start(context, pm2, step)? {
        end(context);
        if attempt == ATTEMPTS {
            return Err(lost_pipe(context, &line));
        }
        step.note("pm2's daemon lost the pipe to its starter (write EPIPE); starting it anew");
        attempt += 1;
    }
    let daemon = of_run(context).first().map(|daemon| daemon.pid);
    let recovered = recovered || attempt > 1;
    State { daemon, unused: true, recovered, ..State::default() }.save(context);
    Ok(attempt)
}

/// The cause of a daemon that lost its pipe twice.
pub fn lost_pipe(context: &Context, line: &str) -> Cause {
    let summary =
        "pm2's daemon lost the pipe to its starter twice, and lives without apps if at all";
    let next = context.folder.read_log("pm2.log");
    Cause::new(Code::DaemonEpipe, summary, next).evidence([line])
}

/// The daemons that this run has started; more than one only while they race each other.
pub fn of_run(context: &Context) -> Vec<Process> {
    let mut found = process::of_run(&context.run.id);
    found.retain(is_daemon);
    found
}

/// Ends the daemon, which ends its apps first, as it does when the machine goes down. Apps that it
/// does not end in time are ended with it.
pub fn end(context: &Context) {
    let daemons = of_run(context);
    let below = below(&daemons);
    let ids: Vec<i32> = daemons.iter().map(|daemon| daemon.pid).collect();
    let mut family: Vec<Process> = daemons.clone();
    family.extend(below.iter().filter(|process| ids.contains(&process.parent)).cloned());
    for daemon in &daemons {
        daemon.signal(Signal::TERM);
        daemon.signal(Signal::CONT);
    }
    let urgent = context.stop.count() > 1;
    let patience = Duration::from_secs(if urgent { 1 } else { 8 });
    let graces = if urgent { Graces::short() } else { Graces::default() };
    let escalation = RefCell::new(Escalation::new(graces));
    let _ = until(patience, || {
        // It has sent INT to the whole tree of an app and waits until all of it is gone; this process
        // has adopted the orphans.
        orphans::bury(&below);
        escalation.borrow_mut().go_on(&orphaned(&below, &ids));
        !daemons.iter().any(Process::lives_on)
    });
    sweep(&|| family.iter().filter(|p| p.lives_on()).cloned().collect(), &Graces::short());
}

/// All that descends from `daemons`, without them, and with what has ended already: a gateway may have
/// taken no note of the end of one of its servers.
pub fn below(daemons: &[Process]) -> Vec<Process> {
    let ids: Vec<i32> = daemons.iter().map(|daemon| daemon.pid).collect();
    let mut below = process::family_and_zombies(&ids);
    below.retain(|process| !ids.contains(&process.pid));
    below
}

/// Those of `below` whose parent has ended: servers of an app that is gone talk to nobody any more, and
/// pm2 would wait for them as long as for an app.
fn orphaned(below: &[Process], daemons: &[i32]) -> Vec<Process> {
    let of_app = below.iter().filter(|process| !daemons.contains(&process.parent));
    let now = of_app.filter_map(|before| Some((before, process::find(before.pid)?)));
    let lost = now.filter(|(before, now)| now.is(before) && now.parent != before.parent);
    lost.map(|(_, now)| now).filter(Process::is_live).collect()
}

/// Starts it. If it lost its pipe meanwhile, returns the line that says so.
fn start(context: &Context, pm2: &Pm2, step: &Step) -> Result<Option<String>, Cause> {
    const MOMENT: Duration = Duration::from_secs(3);
    let home = &context.paths.pm2_home;
    let from = log::length(home);
    step.log(&format!("$ {} -s ping", pm2.command.join(" ")));
    let answer = pm2.call(&["-s", "ping"], &bound(step));
    let lost = || log::lost_pipe(&log::since(home, from)).map(str::to_owned);
    if matches!(answer, Err(Trouble::Failed(_))) {
        // The daemon may still be on its way to its first word.
        until(MOMENT, || lost().is_some() || of_run(context).is_empty());
    }
    if let Some(line) = lost() {
        return Ok(Some(line));
    }
    answer.map_err(|trouble| refused(context, step, trouble, Code::PrerequisiteMissing))?;
    if of_run(context).is_empty() {
        return Err(not_ours(context));
    }
    for (program, version) in log::versions(&log::since(home, from)) {
        step.emit(Event::VersionFound { program: program.to_owned(), version });
    }
    Ok(None)
}

/// A daemon that is at work in the workspace since before this run has other values than the run's,
/// and apps of its own. It is asked to end, in its own language: it is not this run's to signal.
fn end_earlier(context: &Context, pm2: &Pm2, step: &Step) -> Result<(), Cause> {
    const PATIENCE: Duration = Duration::from_secs(5);
    let Some(earlier) = at_work(&context.paths.pm2_home) else { return Ok(()) };
    if of_run(context).iter().any(|own| own.is(&earlier)) {
        return Ok(());
    }
    step.note(format!("a pm2 daemon from before (pid {}) is asked to end", earlier.pid));
    let asked = pm2.call(&["-s", "kill"], &bound(step));
    if until(PATIENCE, || !earlier.lives_on()) {
        return Ok(());
    }
    let pid = earlier.pid;
    let summary = format!("a pm2 daemon from before (pid {pid}) holds PM2_HOME and does not end");
    let said = asked.err().map(|trouble| trouble.to_string());
    let seen = format!("pid {pid} (state {}): {}", earlier.state, earlier.command_line());
    let next = format!("kill -9 {pid}");
    Err(Cause::new(Code::StaleDaemon, summary, next).evidence([seen]).evidence(said))
}

/// The daemon that `home` says is at work. The file may be older than a process of that id.
fn at_work(home: &Utf8Path) -> Option<Process> {
    let pid = files::read_to_string(&home.join("pm2.pid")).ok()?.trim().parse().ok()?;
    process::find(pid).filter(|process| process.is_live() && is_daemon(process))
}

/// It names itself once it is up; before that, it is node with a file of pm2.
fn is_daemon(process: &Process) -> bool {
    process.argv.iter().any(|word| word.contains("God Daemon") || word.ends_with("Daemon.js"))
}

fn not_ours(context: &Context) -> Cause {
    let (home, id) = (&context.paths.pm2_home, &context.run.id);
    let summary = format!("pm2 says that its daemon runs, but none carries {RUN_ID} = {id}");
    let seen = at_work(home).map(|daemon| {
        let found = process::environment(daemon.pid).unwrap_or_default();
        let actual = found.into_iter().find(|(key, _)| key == RUN_ID);
        let actual = actual.map_or_else(|| "nothing".to_owned(), |(_, value)| value);
        format!("pid {} has {RUN_ID} = {actual}: {}", daemon.pid, daemon.command_line())
    });
    let next = "see what the pm2 that is called does before it starts its daemon";
    Cause::new(Code::StaleDaemon, summary, next).evidence(seen)
}

/// Whether `is_so` comes true within `patience`.
fn until(patience: Duration, is_so: impl Fn() -> bool) -> bool {
    let look = |_| if is_so() { Probe::Ready(()) } else { Probe::NotYet(()) };
    wait::until(Patience::local(patience), &Stop::default(), |_| (), look).is_ok()
}
