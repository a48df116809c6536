//! A place to run the programs in: a HOME, a TMPDIR and an environment of its own.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use crate::binaries::binaries;
pub use crate::port::port;
use crate::wait::BOUND;
use crate::{Finished, Listing, Running, leftovers};

/// A place to run the programs in. When it is dropped, nothing of its runs may be left.
pub struct Sandbox {
    path: Utf8PathBuf,
    environment: BTreeMap<String, String>,
    bound: Duration,
    home_before: Listing,
    started: AtomicUsize,
    // Dropped last, and with it the folder.
    _folder: TempDir,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Sandbox {
    /// An empty one. Its path is short, because unix sockets have a limit of 108 bytes.
    ///
    /// # Panics
    /// It cannot be made.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("st-").rand_bytes(6).tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap();
        for below in ["home/.config/stelae", "home/.codex", "t", "w", "out"] {
            fs::create_dir_all(path.join(below)).unwrap();
        }
        for own in ["home/.config/stelae/own.json", "home/.codex/config.toml"] {
            fs::write(path.join(own), "# the developer's own\n").unwrap();
        }
        // A commit of a test would start a process that tidies up, and that outlives it.
        let no_maintenance = "[maintenance]\n\tauto = false\n[receive]\n\tautogc = false\n";
        fs::write(path.join("home/.gitconfig"), no_maintenance).unwrap();
        let environment = clean(&path);
        let home_before = Listing::of(&path.join("home"));
        let started = AtomicUsize::new(0);
        Self { path, environment, bound: BOUND, home_before, started, _folder: folder }
    }

    /// Sets a variable for what is started from now on.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.environment.insert(key.to_owned(), value.into());
    }

    /// Gives what is started from now on this long; a build takes longer than all else.
    pub fn allow(&mut self, bound: Duration) {
        self.bound = bound;
    }

    /// Its folder.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// The developer's HOME.
    pub fn home(&self) -> Utf8PathBuf {
        self.path.join("home")
    }

    /// TMPDIR, where workspaces are.
    pub fn tmp(&self) -> Utf8PathBuf {
        self.path.join("t")
    }

    /// The folder that programs are started in; run folders are below it.
    pub fn cwd(&self) -> Utf8PathBuf {
        self.path.join("w")
    }

    /// The run folders.
    pub fn runs(&self) -> Utf8PathBuf {
        self.cwd().join("target/smoke/runs")
    }

    /// Runs the harness to its end.
    pub fn xtask(&self, arguments: &[&str]) -> Finished {
        self.start(arguments).finish()
    }

    /// Starts the harness.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let mut command = self.command(binaries().xtask.as_str());
        command.args(arguments);
        self.run(command)
    }

    /// Starts a command made by [`Sandbox::command`].
    pub fn run(&self, command: Command) -> Running {
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        Running::start(command, &self.path.join(format!("out/{number}.out")), self.bound)
    }

    /// Runs a command made by [`Sandbox::command`] in another folder, to its end.
    pub fn run_in(&self, mut command: Command, folder: &Utf8Path) -> Finished {
        command.current_dir(folder);
        self.run(command).finish()
    }

    /// A command in the sandbox's folder and environment.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.cwd()).env_clear().envs(&self.environment);
        command
    }
}

/// What a program needs of the real user, and the sandbox's own places.
fn clean(path: &Utf8Path) -> BTreeMap<String, String> {
    let real_home = std::env::var("HOME").unwrap_or_default();
    let of_user = |key: &str, below: &str| {
        std::env::var(key).unwrap_or_else(|_| format!("{real_home}/{below}"))
    };
    let set = [
        ("PATH", std::env::var("PATH").unwrap_or_default()),
        ("HOME", path.join("home").into_string()),
        ("TMPDIR", path.join("t").into_string()),
        ("XDG_CONFIG_HOME", path.join("home/.config").into_string()),
        ("XDG_CACHE_HOME", path.join("home/.cache").into_string()),
        ("CARGO_HOME", of_user("CARGO_HOME", ".cargo")),
        ("RUSTUP_HOME", of_user("RUSTUP_HOME", ".rustup")),
        ("LANG", "C.UTF-8".to_owned()),
        ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
    ];
    set.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let (home, runs) = (self.home(), self.runs());
        let mut left = leftovers::of(&home, &self.tmp(), &runs);
        leftovers::end(&home, &runs);
        let changed = self.home_before.changes(&Listing::of(&home));
        left.extend(changed.into_iter().map(|path| format!("changed in HOME: {path}")));
        assert!(std::thread::panicking() || left.is_empty(), "left behind: {left:#?}");
    }
}
