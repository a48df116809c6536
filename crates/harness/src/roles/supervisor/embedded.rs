//! Our own supervisor: this program once more, as a small detached process.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use camino::Utf8PathBuf;
use rustix::process::Signal;
use smoke_core::cause::{Cause, Code};
use smoke_core::files::{self, PRIVATE};
use smoke_core::process::{self, Process};
use smoke_core::stop::Stop;
use smoke_core::sweep::{Graces, sweep};
use smoke_core::wait::{self, Patience, Probe};
use smoke_core::{detached, waited};

use super::daemon::Spec;
use super::role::{Status, Supervisor};
use crate::context::Context;
use crate::roles::launch::Launch;
use crate::step::Step;

/// The subcommand that it is.
const COMMAND: &str = "supervise";

/// The embedded supervisor of a run.
pub struct Embedded<'a> {
    context: &'a Context,
    folder: Utf8PathBuf,
}

impl<'a> Embedded<'a> {
    /// The one whose files are in the workspace of this run.
    pub fn new(context: &'a Context) -> Self {
        Self { context, folder: context.paths.workspace.join(".supervisor") }
    }

    fn status_file(&self) -> Utf8PathBuf {
        self.folder.join("status.json")
    }

    fn spec_file(&self) -> Utf8PathBuf {
        self.folder.join("spec.json")
    }

    /// Known by its command line, for what its status says could be anything by now.
    fn is_ours(&self, process: &Process) -> bool {
        process.argv.get(1..) == Some(&[COMMAND.to_owned(), self.spec_file().into_string()])
    }

    fn spawn(&self, launch: &Launch) -> anyhow::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let _ = fs::remove_file(self.status_file());
        let spec = Spec { launch: launch.clone(), status: self.status_file() };
        let path = self.spec_file();
        files::replace(&path, &serde_json::to_vec_pretty(&spec)?, PRIVATE)?;
        let log = self.folder.join("supervisor.log");
        let log = files::append(&log)?;
        let program = std::env::current_exe()?.display().to_string();
        let argv = [program, COMMAND.to_owned(), path.to_string()];
        detached::start(
            &argv,
            &self.context.paths.workspace,
            &self.context.gateway.environment,
            Stdio::null(),
            &log,
        )?;
        Ok(())
    }
}

impl Supervisor for Embedded<'_> {
    fn start(&self, step: &Step) -> Result<(), Cause> {
        let launch = &Launch::of(self.context)?;
        step.log(&format!("$ {}", launch.argv.join(" ")));
        let failed = |error: anyhow::Error| {
            let summary = format!("cannot start the supervisor: {error:#}");
            Cause::new(Code::Internal, summary, "look at .supervisor in the workspace")
        };
        self.spawn(launch).map_err(failed)?;
        let patience = Patience::local(Duration::from_secs(10));
        let probe = |_| {
            let status = self.status();
            match status.last_exit.as_ref().or(status.given_up.as_ref()) {
                // One that has exited again by now was started all the same.
                _ if status.starts > 0 => Probe::Ready(()),
                Some(error) => Probe::Never(error.clone()),
                None => Probe::NotYet("the supervisor has not started it yet".to_owned()),
            }
        };
        let started = waited::during("the supervisor to start the gateway", || {
            wait::until(patience, &Stop::default(), |_| (), probe)
        });
        started.map_err(|failure| {
            let reason =
                failure.attempts.last().map(|last| last.reason.clone()).unwrap_or_default();
            launch.impossible(&reason, self.context)
        })
    }

    fn status(&self) -> Status {
        let text = files::read_to_string(&self.status_file()).unwrap_or_default();
        let status: Status = serde_json::from_str(&text).unwrap_or_default();
        let given_up = status.given_up.clone().or_else(|| gone(&status));
        Status { given_up, ..status }
    }

    fn stop(&self) {
        let of_run = process::of_run(&self.context.run.id);
        let Some(supervisor) = of_run.into_iter().find(|process| self.is_ours(process)) else {
            return;
        };
        supervisor.signal(Signal::TERM);
        let graces = Graces { int: Duration::from_secs(5), ..Graces::default() };
        let left = || Some(supervisor.clone()).into_iter().filter(|p| p.lives_on()).collect();
        waited::during("the supervisor", || sweep(&left, &graces));
    }
}

/// A supervisor that a signal ended says nothing, and nobody starts its gateway again.
fn gone(status: &Status) -> Option<String> {
    let pid = status.supervisor?;
    let lives = process::find(pid).is_some_and(|found| found.is_live());
    (!lives).then(|| format!("its supervisor, pid {pid}, is gone"))
}
