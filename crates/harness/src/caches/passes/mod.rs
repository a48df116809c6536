//! Passes: the trees that passed, each with everything else that makes a difference, so that a push of one
//! need not wait for a second run.

pub mod key;

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::SystemTime;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::files::{self, PRIVATE};

/// How many passes are remembered.
const KEPT: usize = 2000;

/// The folder of what passed, in the folder that keeps results between runs.
pub fn place(cache: &Utf8Path) -> Utf8PathBuf {
    cache.join("passed")
}

/// Remembers that `tree` passed with exactly `key`.
///
/// # Errors
/// It cannot be written.
pub fn remember(place: &Utf8Path, tree: &str, key: &str) -> Result<()> {
    let path = file(place, tree, key);
    files::replace(&path, key.as_bytes(), PRIVATE).with_context(|| format!("write {path}"))?;
    prune(place, KEPT);
    Ok(())
}

/// Whether `tree` passed with exactly `key`. What is asked for is young again.
pub fn knows(place: &Utf8Path, tree: &str, key: &str) -> bool {
    let path = file(place, tree, key);
    let known = fs::read_to_string(&path).is_ok_and(|known| known == key);
    if known && let Ok(file) = File::options().append(true).open(&path) {
        let _ = file.set_modified(SystemTime::now());
    }
    known
}

fn file(place: &Utf8Path, tree: &str, key: &str) -> Utf8PathBuf {
    place.join(format!("{tree}-{}", hash(key)))
}

/// A short name for `text`. What it names is compared in full, so that two of one name do no harm.
pub fn hash(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn prune(place: &Utf8Path, kept: usize) {
    let entries = place.read_dir_utf8().into_iter().flatten().flatten();
    let mut files: Vec<(SystemTime, Utf8PathBuf)> = entries
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.into_path())))
        .collect();
    if files.len() <= kept {
        return;
    }
    files.sort_by(|a, b| b.cmp(a));
    for (_, old) in files.into_iter().skip(kept) {
        let _ = fs::remove_file(old);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_tree_with_the_same_key_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let place = place(Utf8Path::from_path(folder.path()).unwrap());
        assert!(!knows(&place, "tree", "key"));
        remember(&place, "tree", "key").unwrap();
        assert!(knows(&place, "tree", "key"));
        assert!(!knows(&place, "tree", "another") && !knows(&place, "other", "key"));
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let place = Utf8Path::from_path(folder.path()).unwrap();
        for number in 0..5_u64 {
            let tree = format!("tree{number}");
            remember(place, &tree, "key").unwrap();
            let then = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(number);
            File::open(file(place, &tree, "key")).unwrap().set_modified(then).unwrap();
        }
        prune(place, 2);
        let known = |number: u64| knows(place, &format!("tree{number}"), "key");
        assert_eq!((0..5).map(known).collect::<Vec<_>>(), [false, false, false, true, true]);
    }
}
