//! `hook run`: what the hook calls.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use camino::Utf8PathBuf;
use rustix::process::{Signal, getpid, getppid, kill_process};
use smoke_core::environment::Environment;
use smoke_core::{git, project};
use smoke_harness::caches::passes;
use smoke_record::profile::{self, Profile};
use smoke_record::screen;

use super::refs;
use super::repository::Repository;
use super::settings::{self, Settings};
use super::trees::{self, Pushed};
use crate::cli::smoke::SmokeArgs;
use crate::smoke;

/// Smokes every tree that is pushed and did not pass before. Returns the exit code of the first run
/// that does not pass.
///
/// # Errors
/// This is not called as git calls a hook.
pub fn run() -> Result<u8> {
    if let Some(reason) = skipped() {
        screen::say(&format!("pre-push: nothing is smoked, because {reason}"));
        return Ok(0);
    }
    let refs = refs::find()?;
    if refs.is_empty() {
        return Ok(0);
    }
    end_with_parent();
    let hook = Hook::here()?;
    let trees = trees::of(&refs, &hook.repository.common, &hook.environment)?;
    std::env::set_current_dir(&hook.root).with_context(|| format!("change to {}", hook.root))?;
    hook.smoke_all(&trees)
}

/// What one push has to do with.
struct Hook {
    repository: Repository,
    environment: Environment,
    root: Utf8PathBuf,
    args: SmokeArgs,
}

impl Hook {
    fn here() -> Result<Self> {
        let repository = Repository::of_hook()?;
        let environment = project::inherited()?;
        let settings = Settings::load(&repository.own())?;
        let (root, flags) = match settings {
            Some(settings) if settings.root.is_dir() => (settings.root, settings.smoke),
            Some(settings) => (repository.top.clone(), settings.smoke),
            None => (project::root(&environment)?, Vec::new()),
        };
        let mut args = settings::smoke_args(&flags)?;
        (args.run.source, args.run.committed) = (Some(repository.top.clone()), true);
        Ok(Self { repository, environment, root, args })
    }

    fn smoke_all(&self, trees: &[Pushed]) -> Result<u8> {
        let place = passes::place(&project::target(&self.root).join("smoke"));
        let mut profiles = BTreeMap::new();
        let mut without = 0;
        for pushed in trees {
            if pushed.profile.is_none() && self.args.run.profile.is_none() {
                without += 1;
                continue;
            }
            let key = profiles.entry(&pushed.profile).or_insert_with(|| self.key(pushed));
            if key.as_ref().is_some_and(|key| passes::knows(&place, &pushed.tree, key)) {
                continue;
            }
            let code = self.smoke(pushed);
            if code != 0 {
                screen::say("pre-push: the push was stopped; SMOKE_SKIP=1 git push does without");
                return Ok(code);
            }
        }
        if without > 0 {
            let count = screen::count(without, "tree");
            screen::say(&format!("pre-push: {count} without a smoke.toml, not smoked"));
        }
        Ok(0)
    }

    /// What decides, besides the tree, whether a run is needed. A profile that cannot be read needs
    /// one, which says what is wrong with it.
    fn key(&self, pushed: &Pushed) -> Option<String> {
        let profile = self.profile(pushed).ok()?;
        let source = self.repository.top.as_str();
        let options = self.args.run.options(profile.roles).ok()?;
        passes::key::of_plan(&options, &profile, source, &self.environment)
    }

    fn profile(&self, pushed: &Pushed) -> Result<Profile> {
        let (common, environment) = (&self.repository.common, &self.environment);
        let committed = |path: &str| git::show(common, &pushed.commit, path, environment);
        profile::find_in_commit(self.args.run.profile.as_deref(), &self.repository.top, &committed)
    }

    fn smoke(&self, pushed: &Pushed) -> u8 {
        let Pushed { commit, reference, .. } = pushed;
        screen::say(&format!("pre-push: smoking {commit:.12} for {reference}"));
        let mut args = self.args.clone();
        args.run.rev.clone_from(commit);
        smoke::smoke(&args)
    }
}

/// Why nothing is to be smoked.
fn skipped() -> Option<String> {
    let value = std::env::var("SMOKE_SKIP").ok()?;
    match value.trim() {
        "" | "0" | "false" | "no" => None,
        "1" | "true" | "yes" => Some("SMOKE_SKIP is set".to_owned()),
        reason => Some(format!("SMOKE_SKIP says: {reason}")),
    }
}

/// A push that was killed needs no answer. One that was interrupted has told this process, too, and
/// gets the time for an orderly end.
fn end_with_parent() {
    const GRACE: Duration = Duration::from_secs(2);
    let parent = getppid();
    thread::spawn(move || {
        while getppid() == parent {
            thread::sleep(Duration::from_millis(200));
        }
        thread::sleep(GRACE);
        let _ = kill_process(getpid(), Signal::TERM);
    });
}
