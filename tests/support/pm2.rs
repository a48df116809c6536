//! The real pm2, installed by its lock file, and a daemon of it that belongs to one test.

use std::fs;
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use crate::{Finished, Sandbox, npm, wait};

/// Which pm2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Major {
    /// The current one.
    Current,
    /// The one before.
    Before,
}

/// The program of the current major, or why there is none here.
///
/// # Errors
/// Why this machine cannot have it.
pub fn program() -> Result<&'static Utf8Path, String> {
    program_of(Major::Current)
}

/// The program, or why there is none here.
///
/// # Errors
/// Why this machine cannot have it.
pub fn program_of(major: Major) -> Result<&'static Utf8Path, String> {
    static INSTALLED: [OnceLock<Result<Utf8PathBuf, String>>; 2] =
        [OnceLock::new(), OnceLock::new()];
    let (name, installed) = match major {
        Major::Current => ("pm2", &INSTALLED[0]),
        Major::Before => ("pm2-before", &INSTALLED[1]),
    };
    installed.get_or_init(|| npm::install(name, "pm2")).as_deref().map_err(Clone::clone)
}

/// A daemon. It ends with this value.
pub struct Daemon<'a> {
    sandbox: &'a Sandbox,
    program: &'static Utf8Path,
    home: Utf8PathBuf,
}

impl<'a> Daemon<'a> {
    /// Starts it in a step of its own.
    ///
    /// # Panics
    /// It does not start.
    pub fn start(sandbox: &'a Sandbox, program: &'static Utf8Path) -> Self {
        let daemon = Self { sandbox, program, home: home(sandbox) };
        daemon.run(&["ping"]).expect(0);
        daemon
    }

    /// Runs a command of pm2.
    pub fn run(&self, arguments: &[&str]) -> Finished {
        let mut command = self.sandbox.command(self.program.as_str());
        command.arg("-s").args(arguments).env("PM2_HOME", &self.home);
        self.sandbox.run(command).finish()
    }

    /// The pid of an app, and how often it was started again.
    ///
    /// # Panics
    /// There is no such app.
    pub fn app(&self, name: &str) -> (u64, u64) {
        let listed = self.run(&["jlist"]).expect(0).stdout;
        let apps: Value = serde_json::from_str(&listed).unwrap();
        let app = apps.as_array().unwrap().iter().find(|app| app["name"] == name).unwrap();
        (app["pid"].as_u64().unwrap(), app["pm2_env"]["restart_time"].as_u64().unwrap())
    }
}

/// Where its daemon's files are: a short path, for its sockets.
pub fn home(sandbox: &Sandbox) -> Utf8PathBuf {
    sandbox.path().join("p")
}

impl Drop for Daemon<'_> {
    fn drop(&mut self) {
        let pid = fs::read_to_string(self.home.join("pm2.pid")).unwrap_or_default();
        let finished = self.run(&["kill"]);
        if std::thread::panicking() {
            return;
        }
        finished.expect(0);
        let gone = || {
            smoke_core::process::find(pid.trim().parse().unwrap_or(0)).is_none_or(|p| !p.is_live())
        };
        wait::until("the end of pm2's daemon", || gone().then_some(()));
    }
}
