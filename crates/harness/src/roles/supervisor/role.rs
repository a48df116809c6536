//! The role of a supervisor, and what it says of the gateway.

use serde::{Deserialize, Serialize};
use smoke_core::cause::Cause;

use crate::step::{Done, Step};

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
