//! `hook uninstall`: takes the hook away, and puts back the one that was there before it.

use std::fs;

use anyhow::Result;
use smoke_core::name::installed;
use smoke_core::project;
use smoke_record::screen;

use super::install::PROGRAM;
use super::place::Place;
use super::repository::Repository;
use super::settings::Settings;
use super::{UninstallArgs, manager};

/// Puts back what was there before the hook was installed. Returns the exit code.
///
/// # Errors
/// There is no repository, or the hook was changed since it was installed.
pub fn uninstall(args: &UninstallArgs) -> Result<u8> {
    let environment = project::inherited()?;
    let folder = args.source.clone().map_or_else(|| project::root(&environment), Ok)?;
    let repository = Repository::at(&folder, &environment)?;
    let place = Place::of(&repository);
    let own = repository.own();
    let settings = Settings::load(&own).ok().flatten();
    let gone = place.uninstall(&repository.common)?;
    Settings::remove(&own);
    for program in [Some(PROGRAM), installed().map(|program| program.gateway)].into_iter().flatten()
    {
        let _ = fs::remove_file(own.join(program));
    }
    // Both only if nothing else is in them.
    let _ = fs::remove_dir(&own);
    if gone && settings.as_ref().is_some_and(|settings| settings.made_folder) {
        let _ = fs::remove_dir(&repository.hooks);
    }
    let top = &repository.top;
    match settings {
        None => screen::say(&format!("the hook is not installed in {top}")),
        Some(_) => screen::say(&format!("what is pushed from {top} is no longer smoked")),
    }
    if !gone {
        screen::say(&format!("  left        {}, which other repositories use", place.hook));
    }
    if let Some(manager) = manager::find(&repository).filter(manager::Manager::calls_it) {
        screen::say(&format!("  take out    what was added to {}", manager.file));
    }
    Ok(0)
}
