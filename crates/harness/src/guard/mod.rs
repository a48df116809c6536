//! The guard: ends what a run has started when the run itself cannot, because its process was killed.

pub mod watch;

use std::io::{PipeWriter, Write, pipe};

use anyhow::{Context, Result};
use camino::Utf8Path;
use smoke_core::environment::Environment;
use smoke_core::process::before::Before;
use smoke_core::{beneath, detached};

/// The run's end of a small detached process that waits for the run to end.
///
/// The run holds the only writing end of a pipe. When the run is killed, the kernel closes it, and
/// the guard does what the teardown would have done.
#[derive(Debug)]
pub struct Guard {
    pipe: PipeWriter,
    pid: i32,
}

impl Guard {
    /// Starts the guard of run `id`. It does not carry the run's id: it must outlive the sweep.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(id: &str, run_folder: &Utf8Path, environment: &Environment) -> Result<Self> {
        let (input, output) = pipe().context("open a pipe")?;
        let log = beneath::append(run_folder, "logs/guard.log")?;
        let program = std::env::current_exe()?.display().to_string();
        let own = std::process::id().to_string();
        let argv = [program, "guard".into(), id.into(), own, run_folder.to_string()];
        let child = detached::start(&argv, Utf8Path::new("/"), environment, input.into(), &log)?;
        let guard = Self { pipe: output, pid: child.id() as i32 };
        guard.tell(watch::BEFORE, &Before::kept_apart().written());
        Ok(guard)
    }

    /// Its process, which no sweep of the run may end.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Tells it which workspace ends with the run.
    pub fn workspace(&self, path: &Utf8Path) {
        self.tell("", path.as_str());
    }

    /// Tells it which folder in the workspace ends with the run even if the workspace is kept.
    pub fn folder(&self, path: &Utf8Path) {
        self.tell(watch::FOLDER, path.as_str());
    }

    /// Tells it that the run has ended in order.
    pub fn release(&self) {
        self.tell(watch::RELEASED, "");
    }

    fn tell(&self, what: &str, of: &str) {
        let _ = writeln!(&self.pipe, "{what}{of}");
    }
}
