//! The supervisor, which keeps the gateway running, also when this process has ended.

pub mod daemon;
mod embedded;
pub mod logs;
mod pm2;
mod script;

use serde::{Deserialize, Serialize};
use smoke_core::cause::Cause;
use smoke_record::options::SupervisorKind;

use crate::context::Context;
use crate::step::{Done, Step};

pub use logs::{last_words, logs, read as read_logs};
pub use pm2::look_for as look_for_pm2;

/// Something that starts the gateway, starts it again when it crashes, and ends it.
pub trait Supervisor {
    /// Starts what is needed before anything can be started, where that takes a step of its own.
    ///
    /// # Errors
    /// It cannot be started.
    fn begin(&self, _step: &Step) -> Result<Done, Cause> {
        Ok(Done::SKIPPED)
    }

    /// Starts the gateway and returns once it runs, which is not yet that it serves.
    ///
    /// # Errors
    /// It cannot be started.
    fn start(&self, step: &Step) -> Result<(), Cause>;

    /// What became of the gateway.
    fn status(&self) -> Status;

    /// What it runs besides the gateway and cannot keep running, if that is so.
    fn others_down(&self, _step: &Step) -> Option<Cause> {
        None
    }

    /// Ends the gateway and itself. The teardown sweeps after it, so that nothing depends on it.
    fn stop(&self);
}

/// What became of the gateway.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The supervisor's process.
    pub supervisor: Option<i32>,
    /// The gateway's process, while it runs.
    pub gateway: Option<i32>,
    /// How often it was started.
    pub starts: usize,
    /// How it ended last.
    pub last_exit: Option<String>,
    /// Why it will not be started again, or not before long.
    #[serde(default)]
    pub given_up: Option<String>,
}

impl Status {
    /// A gateway that was started this often crashes for ever.
    const CRASHES: usize = 3;

    /// Why the gateway will not serve, if that is known.
    pub fn verdict(&self) -> Option<String> {
        let exit = || self.last_exit.clone().unwrap_or_default();
        let loops =
            || format!("it was started {} times, and exited again ({})", self.starts, exit());
        let looping = self.starts >= Self::CRASHES;
        self.given_up.clone().or_else(|| looping.then(loops))
    }
}

/// The supervisor of this run.
pub fn of(context: &Context) -> Box<dyn Supervisor + '_> {
    if let Some(command) = &context.profile.gateway.start {
        return Box::new(script::Script::new(context, command));
    }
    match context.options.roles.supervisor {
        SupervisorKind::Embedded => Box::new(embedded::Embedded::new(context)),
        SupervisorKind::Pm2 => Box::new(pm2::UnderPm2::new(context)),
    }
}
