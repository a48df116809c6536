//! The specification of a command: what to run, and within which bounds.

use std::time::Duration;

use camino::Utf8PathBuf;

use crate::environment::Environment;
use crate::sweep::Graces;

/// What to run, where, with which environment, and within which bounds.
#[derive(Clone, Debug)]
pub struct Command {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// The folder to run it in.
    pub cwd: Utf8PathBuf,
    /// All that it gets as its environment.
    pub environment: Environment,
    /// When to stop waiting.
    pub limits: Limits,
}

/// The bounds of a command.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long it may take.
    pub deadline: Duration,
    /// How long it may go without progress; `None` when that is no sign of trouble.
    pub progress: Option<Duration>,
    /// Whether the work of its processes is progress as well as what it prints.
    pub work: bool,
    /// How long it gets after each signal once it is told to stop.
    pub graces: Graces,
    /// How long its output may stay open after it has exited.
    pub leak: Duration,
    /// How long before it is ended its observer is told.
    pub notice: Duration,
}

impl Limits {
    /// A deadline, and what is usual for the rest.
    pub fn within(deadline: Duration) -> Self {
        let (leak, notice) = (Duration::from_millis(300), Duration::from_millis(300));
        Self { deadline, progress: None, work: false, graces: Graces::default(), leak, notice }
    }
}
