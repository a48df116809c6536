//! The place of a soak's runs: a HOME, a TMPDIR and run folders of their own.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::bound::Bound;
use smoke_core::environment::{Environment, Origin};
use smoke_core::process::{self, Process};
use smoke_core::{detached, git, project};
use smoke_record::folder::private_folder;
use tempfile::TempDir;

/// The variable that all processes of a soak carry.
const TAG: &str = "SOAK_PLACE";

/// Where a soak's runs happen.
pub struct Place {
    program: Utf8PathBuf,
    root: Utf8PathBuf,
    path: Utf8PathBuf,
    /// What is tested, whatever is committed meanwhile.
    commit: String,
    environment: Environment,
    folder: TempDir,
}

impl Place {
    /// A new one, for runs on the repository at `root`.
    pub fn new(program: &Utf8Path, environment: &Environment, root: Utf8PathBuf) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("soak-").tempdir().context("make a folder")?;
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned());
        let path = path.map_err(|path| anyhow::anyhow!("{} is not UTF-8", path.display()))?;
        for below in ["home", "t"] {
            private_folder(&path.join(below)).context("make a folder")?;
        }
        let mut environment = environment.clone();
        // The toolchain stays where it is, though HOME moves.
        for (key, usual) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
            let home = environment.get("HOME").unwrap_or("/").to_owned();
            if environment.get(key).is_none() {
                environment.set(key, Utf8Path::new(&home).join(usual), Origin::Inherited);
            }
        }
        for (key, value) in [("HOME", "home"), ("TMPDIR", "t"), (TAG, "")] {
            environment.set(key, path.join(value), Origin::Run);
        }
        let commit = git::commit(&root, "HEAD", &environment, &Bound::usual())?.id;
        Ok(Self { program: program.to_owned(), root, path, commit, environment, folder })
    }

    /// Leaves it for a person to look at.
    pub fn keep(self) {
        let _ = self.folder.keep();
    }

    /// Starts a run of the embedded profile.
    pub fn start(&self) -> Result<Child> {
        let log = OpenOptions::new().create(true).append(true).open(self.path.join("stderr"))?;
        let program = self.program.to_string();
        let artifacts = self.artifacts().into_string();
        let argv = [program, "smoke".into(), "--artifacts".into(), artifacts]
            .into_iter()
            .chain(["--profile", "embedded", "--rev", &self.commit].map(str::to_owned))
            .collect::<Vec<_>>();
        detached::start(&argv, &self.root, &self.environment, Stdio::null(), &log)
            .context("start a run")
    }

    /// A run that nobody hits, which must pass. Returns how long it took.
    pub fn pass(&self) -> Result<Duration> {
        let begin = Instant::now();
        let mut run = self.start()?;
        let status = run.wait().context("wait for a run")?;
        if !status.success() {
            bail!("a run that was not hit ended with {status}; see {}/stderr", self.path);
        }
        Ok(begin.elapsed())
    }

    /// The processes of this soak whose first argument is `word`.
    pub fn carriers(&self, word: &str) -> Vec<Process> {
        let mut found = self.processes();
        found.retain(|process| process.argv.get(1).is_some_and(|first| first == word));
        found
    }

    fn processes(&self) -> Vec<Process> {
        process::carrying(TAG, self.path.join("").as_str())
    }

    /// The folders of all runs so far.
    pub fn runs(&self) -> BTreeSet<Utf8PathBuf> {
        let runs = self.artifacts().join("runs");
        runs.read_dir_utf8().into_iter().flatten().flatten().map(|run| run.into_path()).collect()
    }

    fn artifacts(&self) -> Utf8PathBuf {
        self.path.join("smoke")
    }

    /// Waits until no process, folder or lock is left. Returns how long that took.
    ///
    /// # Errors
    /// Something is left after five seconds.
    pub fn until_nothing_is_left(&self) -> Result<Duration> {
        const BOUND: Duration = Duration::from_secs(5);
        const LOOK: Duration = Duration::from_millis(5);
        let begin = Instant::now();
        loop {
            let left = self.left();
            let took = begin.elapsed();
            if left.is_empty() {
                return Ok(took);
            }
            if took >= BOUND {
                bail!("left after {took:?}: {}; see {}", left.join(", "), self.path);
            }
            thread::sleep(LOOK);
        }
    }

    fn left(&self) -> Vec<String> {
        let shown = |process: &Process| format!("pid {}: {}", process.pid, process.command_line());
        let mut left: Vec<String> = self.processes().iter().map(shown).collect();
        for folder in ["t", "home"] {
            let entries = self.path.join(folder).read_dir_utf8().into_iter().flatten().flatten();
            left.extend(entries.map(|entry| entry.path().to_string()));
        }
        left.extend(held_locks(&project::target(&self.root).join("smoke")));
        left
    }
}

/// The locks of the cache of builds that somebody holds.
fn held_locks(cache: &Utf8Path) -> Vec<String> {
    let entries = cache.join("programs").read_dir_utf8().into_iter().flatten().flatten();
    let locks = entries.map(|entry| entry.path().join("lock")).filter(|lock| lock.exists());
    let held = |lock: &Utf8PathBuf| File::open(lock).is_ok_and(|file| file.try_lock().is_err());
    locks.filter(held).map(|lock| format!("a lock of {lock}")).collect()
}

/// The text of a file; empty when there is none.
pub fn text(path: &Utf8Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}
