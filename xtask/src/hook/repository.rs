//! The repository that is pushed from, and where git looks for its hooks.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::bound::Bound;
use smoke_core::environment::Environment;
use smoke_core::short;
use xshell::{Shell, cmd};

/// How long git may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A repository, whichever of its work trees it was reached through.
#[derive(Clone, Debug)]
pub struct Repository {
    /// What its work trees share: objects, refs, config.
    pub common: Utf8PathBuf,
    /// The work tree, or the repository itself when it is bare.
    pub top: Utf8PathBuf,
    /// Where git looks for hooks.
    pub hooks: Utf8PathBuf,
}

impl Repository {
    /// The one that `folder` is in.
    ///
    /// # Errors
    /// There is none, or git is older than 2.31.
    pub fn at(folder: &Utf8Path, environment: &Environment) -> Result<Self> {
        if !folder.exists() {
            bail!("there is no folder {folder}");
        }
        let ask = |folder: &Utf8Path, words: &[&str]| ask(folder, environment, words);
        let top =
            ask(folder, &["--show-toplevel"]).or_else(|_| ask(folder, &["--absolute-git-dir"]));
        let top =
            Utf8PathBuf::from(top.with_context(|| format!("{folder} is in no git repository"))?);
        // A relative core.hooksPath counts from the top.
        let both = ask(&top, &["--git-common-dir", "--git-path", "hooks"])?;
        let Some((common, hooks)) = both.split_once('\n') else {
            bail!("git does not say where the hooks of {top} are: is it older than 2.31?");
        };
        Ok(Self { common: common.into(), top, hooks: hooks.into() })
    }

    /// The one that git calls a hook of, by the environment and the folder that git gives it.
    ///
    /// # Errors
    /// This was not called in a repository.
    pub fn of_hook() -> Result<Self> {
        let here = std::env::current_dir().context("find the current folder")?;
        let here = Utf8PathBuf::from_path_buf(here)
            .map_err(|path| anyhow::anyhow!("the folder {} is not UTF-8", path.display()))?;
        let common = ask(&here, &Environment::inherited(), &["--git-common-dir"])
            .context("a hook is called in a git repository")?;
        let common = Utf8PathBuf::from(common);
        // With GIT_DIR and GIT_WORK_TREE set, the work tree is no repository to those who do not
        // have these variables.
        let top = if here.join(".git").exists() { here } else { common.clone() };
        Ok(Self { hooks: common.join("hooks"), common, top })
    }

    /// The folder of what belongs to the hook.
    pub fn own(&self) -> Utf8PathBuf {
        self.common.join("clone-smoke")
    }

    /// Whether the folder of the hooks is outside, where other repositories may use it too.
    pub fn shares_hooks(&self) -> bool {
        let real = |path: &Utf8Path| path.canonicalize_utf8().unwrap_or_else(|_| path.to_owned());
        let hooks = real(&self.hooks);
        let main = self.common.file_name() == Some(".git");
        let main = self.common.parent().filter(|_| main);
        let inside = [Some(self.common.as_path()), Some(self.top.as_path()), main];
        !inside.into_iter().flatten().any(|folder| hooks.starts_with(real(folder)))
    }
}

fn ask(folder: &Utf8Path, environment: &Environment, words: &[&str]) -> Result<String> {
    let shell = Shell::new()?;
    shell.change_dir(folder);
    short::read(
        cmd!(shell, "git rev-parse --path-format=absolute {words...}"),
        environment,
        &Bound::within(PATIENCE),
    )
}
