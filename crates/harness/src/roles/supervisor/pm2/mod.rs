//! pm2, with a daemon of the run's own.

mod apps;
mod call;
mod daemon;
mod ecosystem;
mod others;
mod stale;
mod state;

use std::time::Duration;

use smoke_core::bound::Bound;
use smoke_core::cause::Cause;
use smoke_core::process;
use smoke_core::program::seen_from;

use super::role::{Status, Supervisor};
use crate::context::Context;
use crate::pm2::{Pm2, program};
use crate::step::{Done, Step};
use state::State;

/// The pm2 of a run.
pub struct UnderPm2<'a> {
    context: &'a Context,
}

impl<'a> UnderPm2<'a> {
    /// The one whose files are in the workspace of this run.
    pub fn new(context: &'a Context) -> Self {
        Self { context }
    }

    fn pm2(&self) -> Result<Pm2, Cause> {
        let command = command(self.context)?;
        Ok(Pm2::of_run(command, &self.context.gateway.environment, &self.context.paths.workspace))
    }

    /// Starts the daemon unless it is there.
    pub fn require_daemon(&self, step: &Step) -> Result<(), Cause> {
        apps::require_daemon(self.context, &self.pm2()?, step)
    }

    /// Takes what somebody else has started on the run's daemon as the stack. Returns whether there
    /// is any of it.
    pub fn adopt(&self, step: &Step) -> Result<bool, Cause> {
        if daemon::of_run(self.context).is_empty() {
            return Ok(false);
        }
        apps::adopt(self.context, &self.pm2()?, step)
    }

    /// Whether the gateway is an app of it.
    pub fn is_at_work(&self) -> bool {
        let state = State::load(self.context);
        state.daemon.is_some() && !state.app.is_empty()
    }

    /// Asks pm2 what became of the app, because one of its processes is not there any more.
    fn ask(&self, state: State) -> Status {
        const STILL: Duration = Duration::from_secs(5);
        let Ok(pm2) = self.pm2() else { return state.status() };
        let listed = pm2.apps(&Bound::within(4 * STILL).still(STILL));
        let state = match listed {
            Ok(apps) => state.updated(&apps),
            Err(trouble) => {
                let given_up = Some(format!("pm2 does not say what became of it: {trouble}"));
                State { given_up, ..state }
            }
        };
        state.save(self.context);
        state.status()
    }
}

impl Supervisor for UnderPm2<'_> {
    fn begin(&self, step: &Step) -> Result<Done, Cause> {
        let attempts = daemon::begin(self.context, &self.pm2()?, step)?;
        Ok(Done { attempts, ..Done::ONCE })
    }

    fn start(&self, step: &Step) -> Result<(), Cause> {
        apps::start(self.context, &self.pm2()?, step)
    }

    /// As long as the processes that were seen last are there, nothing can have happened. So pm2,
    /// which takes a while to answer, is asked only when one of them is gone.
    fn status(&self) -> Status {
        let state = State::load(self.context);
        if !state.daemon.is_some_and(|pid| process::find(pid).is_some_and(|p| p.is_live())) {
            return state.without_daemon().status();
        }
        if state.is_as_seen() { state.status() } else { self.ask(state) }
    }

    fn others_down(&self, step: &Step) -> Option<Cause> {
        let also = self.context.profile.pm2.also.iter();
        let names: Vec<String> = also.filter_map(|name| self.context.expand(name).ok()).collect();
        if names.is_empty() {
            return None;
        }
        let down = others::down(&self.pm2().ok()?, &names, step)?;
        Some(down.cause(self.context.folder.read_log("pm2.log")))
    }

    fn stop(&self) {
        daemon::end(self.context);
        State::load(self.context).ended().save(self.context);
    }
}

/// Looks for pm2 and what it runs on, unless it comes with the clone.
///
/// # Errors
/// One of them is not there.
pub fn look_for(context: &Context) -> Result<(), Cause> {
    let spec = &context.profile.pm2;
    if context.options.parts.pm2.is_none() && spec.is_made_by_the_run() {
        return Ok(());
    }
    program::look_for(&command(context)?, &context.environment)
}

/// The command line of pm2: the argument's, else the profile's, else what `PM2` names.
fn command(context: &Context) -> Result<Vec<String>, Cause> {
    if let Some(path) = &context.options.parts.pm2 {
        return Ok(vec![path.to_string()]);
    }
    let Some(command) = &context.profile.pm2.command else {
        let named = context.environment.get("PM2").filter(|name| !name.trim().is_empty());
        return Ok(vec![named.unwrap_or("pm2").to_owned()]);
    };
    let mut command = context.expand_all(command)?;
    if let Some(name) = command.first_mut() {
        *name = seen_from(&context.paths.clone, name);
    }
    Ok(command)
}
