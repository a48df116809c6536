//! What is packed: this repository's version, commit and date, and the machine that it is packed for.

use std::time::Duration;

use anyhow::{Context, Result};
use camino::Utf8PathBuf;
use smoke_core::bound::Bound;
use smoke_core::environment::Environment;
use smoke_core::{project, short};
use xshell::{Shell, cmd};

use crate::platform::Platform;

/// How long git and cargo may take to answer.
const PATIENCE: Duration = Duration::from_secs(120);

/// What all packages say of themselves in one sentence.
pub const SUMMARY: &str = "Proves that a fresh clone of an MCP server, or of a stack of them, boots and that an agent can use it";

/// The licence of what is ours, in SPDX's words.
pub const LICENCE: &str = "MIT OR Apache-2.0";

/// This repository.
pub struct Project {
    /// Its root.
    pub root: Utf8PathBuf,
    /// Cargo's target folder.
    pub target: Utf8PathBuf,
    /// The environment of what is started.
    pub environment: Environment,
    /// The version.
    pub version: &'static str,
    /// The commit, cut short, and its date; with a plus if there are changes besides.
    pub commit: String,
    /// When the commit was made, in seconds since 1970.
    pub time: u64,
    /// The machine that it is packed for.
    pub platform: Platform,
}

impl Project {
    /// The repository that runs this.
    ///
    /// # Errors
    /// It is no git repository, or nothing can be packed on this machine.
    pub fn here() -> Result<Self> {
        let environment = project::inherited()?;
        let root = project::root(&environment)?;
        let shell = Shell::new()?;
        shell.change_dir(&root);
        let git = |words: &[&str]| {
            short::read(cmd!(shell, "git {words...}"), &environment, &Bound::within(PATIENCE))
        };
        let said = git(&["log", "-1", "--abbrev=12", "--format=%h %cs %ct"])?;
        let (commit, time) = said.rsplit_once(' ').context("git does not say the commit")?;
        let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
        let plus = if changed.is_empty() { "" } else { "+" };
        Ok(Self {
            target: project::target(&root),
            version: env!("CARGO_PKG_VERSION"),
            commit: commit.replacen(' ', &format!("{plus} "), 1),
            time: time.parse().context("git says the time of the commit")?,
            platform: Platform::here()?,
            environment,
            root,
        })
    }

    /// What cargo says to `words`, in the root and in this environment.
    ///
    /// # Errors
    /// It fails, or takes longer than `patience`.
    pub fn cargo(
        &self,
        words: &[&str],
        environment: &Environment,
        patience: Duration,
    ) -> Result<String> {
        let shell = Shell::new()?;
        shell.change_dir(&self.root);
        let cargo = environment.get("CARGO").unwrap_or("cargo");
        short::read(cmd!(shell, "{cargo} {words...}"), environment, &Bound::within(patience))
    }

    /// What the compiler says of its version.
    ///
    /// # Errors
    /// There is none.
    pub fn compiler(&self) -> Result<String> {
        let shell = Shell::new()?;
        shell.change_dir(&self.root);
        let said = short::read(
            cmd!(shell, "rustc --version"),
            &self.environment,
            &Bound::within(PATIENCE),
        )?;
        Ok(said.split(' ').nth(1).unwrap_or_default().to_owned())
    }

    /// What this program says of its version.
    pub fn full_version(&self) -> String {
        format!("{} ({})", self.version, self.commit)
    }
}
