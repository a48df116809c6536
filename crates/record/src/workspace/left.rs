//! Workspaces that are there already, those of runs that were killed among them.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::files;

use super::marker::is_own_folder;
use super::{LOCK, PREFIX, Workspace, is_marked};

/// Where workspaces are made unless another place is named: TMPDIR.
pub fn usual_place() -> Utf8PathBuf {
    Utf8PathBuf::from_path_buf(std::env::temp_dir()).unwrap_or_else(|_| "/tmp".into())
}

/// All marked workspaces directly below `folder` that belong to this user.
pub fn all_in(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    own_in(folder, &is_marked)
}

/// Removes the workspaces directly below `folder` that nobody makes any more, and that have no marker
/// yet: whoever made them was killed, and whoever would have cleared up as well.
pub fn remove_abandoned(folder: &Utf8Path) {
    // An empty folder may be anybody's.
    for path in own_in(folder, &|path| path.join(LOCK).exists() && is_unborn(path)) {
        // Whoever is still making it holds the lock, or finds it held.
        if let Ok(_held) = Workspace::lock(path.clone()) {
            remove_unborn(&path);
        }
    }
}

/// Removes a workspace that was being made, and that has no marker yet: nothing but our lock is in
/// it, and if anything else is, it stays.
pub fn remove_unborn(path: &Utf8Path) {
    if !is_unborn(path) {
        return;
    }
    for entry in path.read_dir_utf8().into_iter().flatten().flatten() {
        let _ = fs::remove_file(entry.path());
    }
    let _ = fs::remove_dir(path);
}

/// Whether nothing is in the folder but what is there before the marker is.
fn is_unborn(path: &Utf8Path) -> bool {
    let before = |name: &str| name == LOCK || name.starts_with(files::TEMPORARY);
    let entries = path.read_dir_utf8().ok().filter(|_| is_own_folder(path));
    entries.is_some_and(|mut entries| {
        entries.all(|entry| entry.is_ok_and(|entry| before(entry.file_name())))
    })
}

/// The folders of this user directly below `folder` that are named like workspaces and are `wanted`.
fn own_in(folder: &Utf8Path, wanted: &dyn Fn(&Utf8Path) -> bool) -> Vec<Utf8PathBuf> {
    let entries = folder.read_dir_utf8().into_iter().flatten().flatten();
    let ours = |path: &Utf8PathBuf| {
        let named = path.file_name().is_some_and(|name| name.starts_with(PREFIX));
        named && wanted(path)
    };
    entries.map(|entry| entry.into_path()).filter(ours).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Marker;
    use super::super::tests::temporary;
    use super::*;

    #[test]
    fn what_was_being_made_is_removed_unless_somebody_makes_it_or_uses_it() {
        let (_keep, below) = temporary();
        let [empty, locked, made, foreign] =
            ["aaaaaaaa", "bbbbbbbb", "cccccccc", "backup"].map(|name| {
                let path = below.join(format!("{PREFIX}{name}"));
                fs::create_dir(&path).unwrap();
                path
            });
        fs::write(locked.join(LOCK), "").unwrap();
        fs::write(locked.join(format!("{}x", files::TEMPORARY)), "{").unwrap();
        fs::write(foreign.join(LOCK), "").unwrap();
        fs::write(foreign.join("precious"), "").unwrap();
        let being_made = Workspace::lock(made.clone()).unwrap();
        let born = Workspace::create_in(&below, &Marker::default(), &|_| ()).unwrap();
        remove_abandoned(&below);
        let left = [&empty, &locked, &made, &foreign, &born.path].map(|path| path.exists());
        assert_eq!(left, [true, false, true, true, true]);
        assert!(foreign.join(LOCK).exists());
        drop(being_made);
        remove_abandoned(&below);
        assert!(!made.exists());
    }
}
