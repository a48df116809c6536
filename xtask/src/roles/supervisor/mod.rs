//! What keeps the gateway running, also when this process has ended.

pub mod daemon;
mod embedded;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::cli::SupervisorKind;
use crate::run::context::Context;

/// Something that starts the gateway, starts it again when it crashes, and ends it.
pub trait Supervisor {
    /// Starts the gateway and returns once it runs, which is not yet that it serves.
    ///
    /// # Errors
    /// It cannot be started.
    fn start(&self, launch: &Launch) -> Result<(), Cause>;

    /// What became of the gateway.
    fn status(&self) -> Status;

    /// Ends the gateway and itself. The teardown sweeps after it, so that nothing depends on it.
    fn stop(&self);
}

/// How the gateway is started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Launch {
    /// The command.
    pub argv: Vec<String>,
    /// The folder to run it in.
    pub cwd: Utf8PathBuf,
    /// Where its output goes.
    pub log: Utf8PathBuf,
}

impl Launch {
    /// As the profile says.
    ///
    /// # Errors
    /// The profile names a variable that has no value.
    pub fn of(context: &Context) -> Result<Self, Cause> {
        let cwd = match &context.profile.gateway.cwd {
            Some(cwd) => context.paths.clone.join(context.expand(cwd)?),
            None => context.paths.clone.clone(),
        };
        let log = context.paths.logs.join("gateway.log");
        Ok(Self { argv: context.gateway_command()?, cwd, log })
    }
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
}

/// The supervisor of this run.
pub fn of(context: &Context) -> Box<dyn Supervisor + '_> {
    match context.roles.supervisor {
        SupervisorKind::Embedded => Box::new(embedded::Embedded::new(context)),
    }
}
