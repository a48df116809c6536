//! The clean clone: nothing in it is changed, nothing added.

use smoke_core::cause::{Cause, Code};
use smoke_core::git;
use smoke_record::screen;
use smoke_record::verdict::LINES_SHOWN;

use crate::context::Context;
use crate::step::Step;

/// Looks at the clone, `after` something that should have left it alone.
///
/// # Errors
/// There is a change, or git does not tell.
pub fn check(context: &Context, step: &Step, after: &str) -> Result<(), Cause> {
    let changes = git::changes_for_all(&context.paths.clone, &context.environment, &step.bound());
    let changes = changes.map_err(|error| {
        Cause::of(Code::CheckFailed, &error, "look at the clone with --keep-workspace")
    })?;
    if changes.is_empty() {
        return Ok(());
    }
    let summary =
        format!("after {after} the clone has {}", screen::count(changes.len(), "changed path"));
    let next = match changes.iter().all(|change| change.starts_with("??")) {
        true => "let it be made outside of the clone, or name it in .gitignore",
        false => "cargo xtask smoke --keep-workspace, then git status in its stelae folder",
    };
    Err(Cause::new(Code::DirtyClone, summary, next).evidence(shown(changes)))
}

/// The changes, as git tells them; of very many, the folders at the root that they are in.
fn shown(changes: Vec<String>) -> Vec<String> {
    if changes.len() <= LINES_SHOWN {
        return changes;
    }
    let of_folder = |change: String| match change.get(3..).and_then(|path| path.split_once('/')) {
        Some((folder, _)) => format!("{}{folder}/", &change[..3]),
        None => change,
    };
    let mut shown: Vec<String> = changes.into_iter().map(of_folder).collect();
    shown.dedup();
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_changes_are_told_by_their_folders() {
        let few = vec!["?? .venv/bin/a".to_owned(), " M b".to_owned()];
        assert_eq!(shown(few.clone()), few);
        let many = (0..2000).map(|number| format!("?? .venv/lib/{number}"));
        let all = [" M b".to_owned(), " M src/c".to_owned()].into_iter().chain(many);
        assert_eq!(shown(all.collect()), [" M b", " M src/", "?? .venv/"]);
    }
}
