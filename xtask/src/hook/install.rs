//! `hook install`: puts the hook in place, or says what stands in its way.

use std::fs::{self, File};

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::name::installed;
use smoke_core::project;
use smoke_core::text::shown;
use smoke_harness::own_gateway;
use smoke_record::screen;

use super::InstallArgs;
use super::manager::{self, Manager};
use super::place::Place;
use super::repository::Repository;
use super::settings::{self, Settings};

/// The name of the program's copy: the hook neither builds anything nor depends on a target folder.
pub const PROGRAM: &str = "xtask";

/// Installs the hook, or says what to write where somebody else writes the hooks. Returns the exit
/// code.
///
/// # Errors
/// There is no repository, the flags make no full run, or something cannot be written.
pub fn install(args: &InstallArgs) -> Result<u8> {
    let environment = project::inherited()?;
    let root = project::root(&environment)?;
    let flags = absolute_profile(&args.smoke)?;
    settings::smoke_args(&flags)?;
    let repository = Repository::at(args.source.as_deref().unwrap_or(&root), &environment)?;
    if repository.hooks.exists() && !repository.hooks.is_dir() {
        bail!(
            "git runs no hooks in {}, because core.hooksPath leads to {}; unset it first",
            repository.top,
            repository.hooks
        );
    }
    let own = repository.own();
    let before = Settings::load(&own).ok().flatten();
    let made_folder =
        before.as_ref().is_some_and(|before| before.made_folder) || !repository.hooks.exists();
    let place = Place::of(&repository);
    let manager = manager::find(&repository).filter(|_| !args.chain);
    let shared = repository.shares_hooks() && !args.chain;
    if manager.is_none() && !shared {
        place.install(&repository.common)?;
    }
    let settings = Settings { root, smoke: flags, made_folder: made_folder && manager.is_none() };
    settings.save(&own).and_then(|()| copy_program(&own))?;
    match (manager, shared) {
        (Some(manager), _) => Ok(tell_of_manager(&manager)),
        (None, true) => Ok(tell_of_sharing(&repository)),
        (None, false) => Ok(tell(&repository, &place)),
    }
}

/// The runs are started somewhere else.
fn absolute_profile(flags: &[String]) -> Result<Vec<String>> {
    let absolute = |value: &str| -> Result<String> {
        let path = Utf8Path::new(value);
        if !path.is_file() {
            return Ok(value.to_owned());
        }
        let path = path.canonicalize_utf8().with_context(|| format!("find {path}"))?;
        Ok(path.into_string())
    };
    let mut changed = Vec::new();
    for (index, flag) in flags.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| flags.get(before));
        changed.push(match flag.strip_prefix("--profile=") {
            Some(value) => format!("--profile={}", absolute(value)?),
            None if before.is_some_and(|before| before == "--profile") => absolute(flag)?,
            None => flag.clone(),
        });
    }
    Ok(changed)
}

/// With the gateway of an installed program, which is looked for beside it.
fn copy_program(own: &Utf8Path) -> Result<()> {
    let current = std::env::current_exe().context("find this program")?;
    copy(&Utf8PathBuf::from_path_buf(current).unwrap_or_default(), &own.join(PROGRAM))?;
    let gateway = installed().and_then(|program| Some((own_gateway::beside()?, program.gateway)));
    match gateway.filter(|(beside, _)| beside.exists()) {
        Some((beside, name)) => copy(&beside, &own.join(name)),
        None => Ok(()),
    }
}

/// A copy keeps its time, by which passes of this very program are known.
fn copy(current: &Utf8Path, program: &Utf8Path) -> Result<()> {
    if current.canonicalize_utf8().ok() == program.canonicalize_utf8().ok() && program.exists() {
        return Ok(());
    }
    let beside = Utf8PathBuf::from(format!("{program}.{}", std::process::id()));
    let copied = fs::copy(current, &beside)
        .and_then(|_| File::options().append(true).open(&beside))
        .and_then(|file| file.set_modified(fs::metadata(current)?.modified()?))
        .and_then(|()| fs::rename(&beside, program));
    copied
        .inspect_err(|_| drop(fs::remove_file(&beside)))
        .with_context(|| format!("write {program}"))
}

fn tell(repository: &Repository, place: &Place) -> u8 {
    screen::say(&format!("what is pushed from {} is smoked first", repository.top));
    screen::say(&format!("  hook        {}", place.hook));
    if place.earlier.exists() {
        screen::say(&format!("  before it   {}, which was there before", place.earlier));
    }
    if repository.hooks.starts_with(&repository.top)
        && !repository.hooks.starts_with(&repository.common)
    {
        screen::say("  not for git the hook is in the work tree; leave it out of your commits");
    }
    screen::say("  skip once   SMOKE_SKIP=1 git push");
    screen::say(&format!(
        "  take away   cargo xtask hook uninstall --source {}",
        shown(&[repository.top.to_string()])
    ));
    0
}

/// A file that the manager writes again would not stay what it is made here.
fn tell_of_manager(manager: &Manager) -> u8 {
    let Manager { name, file, lines, script, then } = manager;
    if manager.calls_it() && manager.keeps_lines() {
        screen::say(&format!(
            "{file} calls Clone Smoke without `use_stdin: true`, so that it is not told what is pushed; add it"
        ));
        return 2;
    }
    if manager.calls_it() {
        screen::say(&format!("{file} calls Clone Smoke, and the program it calls is up to date"));
        return 0;
    }
    screen::say(&format!(
        "{name} writes the hooks of this repository; add to {file}:\n\n{lines}\n"
    ));
    if let Some((script, line)) = script {
        screen::say(&format!("and write {script} with this line:\n\n{line}\n"));
    }
    if let Some(then) = then {
        screen::say(&format!("then run: {then}"));
    }
    screen::say("or write the hook beside it all the same, with --chain");
    2
}

fn tell_of_sharing(repository: &Repository) -> u8 {
    screen::say(&format!(
        "core.hooksPath leads to {}, which other repositories may share, so it was left alone",
        repository.hooks
    ));
    screen::say("  install there   cargo xtask hook install --chain");
    screen::say(
        "                  what is there is run first, and other repositories push as before",
    );
    screen::say(
        "  or leave it     git config --unset core.hooksPath, where it is of this repository",
    );
    2
}
