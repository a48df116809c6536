//! The tested commit of a repository, and what is not committed and so not tested.

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::bound::Bound;
use smoke_core::cause::{Cause, Code};
use smoke_core::environment::Environment;
use smoke_core::{git, process};
use smoke_harness::step::Step;
use smoke_record::event::Event;
use smoke_record::run_record::Source;
use smoke_record::{profile, screen};

use super::{Wanted, source};
use crate::cli::run::RunArgs;

/// The repository: a folder in a work tree means it; a bare one has no work tree.
///
/// # Errors
/// It is on another machine.
pub fn repository(
    args: &RunArgs,
    root: &Utf8Path,
    environment: &Environment,
) -> Result<Utf8PathBuf, Cause> {
    let named = source::folder(args.source.as_deref().unwrap_or(root))?;
    Ok(git::top_level(&named, environment).unwrap_or(named))
}

/// The commit to test.
///
/// # Errors
/// The repository has no such commit.
pub fn commit(wanted: &Wanted, step: &Step, source: &Utf8Path) -> Result<git::Commit, Cause> {
    let commit = git::commit(source, &wanted.args.rev, &wanted.environment, &step.bound());
    commit.map_err(|error| Cause::of(Code::Usage, &error, "name another --source or --rev"))
}

/// What is not committed. What is pushed are commits, and whoever pushes knows that. To know it is worth a
/// part of the step's time, and no failure.
pub fn changes(wanted: &Wanted, step: &Step, source: &Utf8Path) -> Vec<String> {
    if wanted.args.committed {
        return Vec::new();
    }
    let bound = Bound::new(step.left() / 2, step.stop());
    let changes = git::changes(source, &wanted.environment, &bound);
    changes.inspect_err(|error| step.note(format!("{error:#}"))).unwrap_or_default()
}

/// The same for the record.
pub fn source(path: &Utf8Path, commit: git::Commit, dirty: bool) -> Source {
    Source { path: path.to_string(), commit: commit.id, tree: commit.tree, dirty }
}

/// What is not committed is not tested, which is easily forgotten. Returns whether there is any.
pub fn say_what_is_not_tested(
    wanted: &Wanted,
    step: &Step,
    source: &Utf8Path,
    changes: &[String],
) -> bool {
    // The source's profile is read from the work tree.
    let is_of_profile =
        |change: &&String| wanted.args.profile.is_none() && change.get(3..) == Some(profile::OWN);
    let (of_profile, others): (Vec<_>, Vec<_>) = changes.iter().partition(is_of_profile);
    let remark = |text: String| step.emit(Event::Remark { text });
    if !others.is_empty() {
        let changes = screen::count(others.len(), "change");
        remark(format!("{source} has {changes} not committed, and so not tested"));
    }
    if !of_profile.is_empty() {
        remark(format!("{} is used as it is, and not committed", source.join(profile::OWN)));
    }
    !others.is_empty()
}

/// What a diagnosis lacks is missed when it is too late to ask for it.
pub fn say_what_is_unseen(step: &Step) {
    let unseen = process::unseen();
    if !unseen.is_empty() {
        step.log(&format!("cannot be seen here: {}", unseen.join(", ")));
    }
}
