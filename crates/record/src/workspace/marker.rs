//! The marker: a file that makes a folder ours to delete.

use std::fs;
use std::os::unix::fs::MetadataExt;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use smoke_core::files;

/// The file that marks a folder as ours.
pub const MARKER: &str = ".stelae_smoke_workspace";

/// What the marker says about its workspace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Marker {
    /// The run that uses it, or used it last.
    pub run: String,
    /// The port that the run leased; 0 before it has one.
    pub port: u16,
    /// Where the run is recorded.
    pub run_folder: Utf8PathBuf,
    /// Where the workspace is that it was written for; none in one of an older version.
    #[serde(default)]
    pub place: Utf8PathBuf,
    /// Folders outside of the workspace that end with it.
    #[serde(default)]
    pub also: Vec<Utf8PathBuf>,
}

/// Whether the folder at `path` has our marker, as a plain file of its own, and is this user's: in no other is
/// anything removed or ended.
pub fn is_marked(path: &Utf8Path) -> bool {
    is_own_folder(path) && fs::symlink_metadata(path.join(MARKER)).is_ok_and(|meta| meta.is_file())
}

/// Whether there is a folder at `path`, no link, that belongs to this user.
pub fn is_own_folder(path: &Utf8Path) -> bool {
    let own = rustix::process::geteuid().as_raw();
    fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir() && meta.uid() == own)
}

/// Where the workspace is that the one at `path` is a copy of; none if it is no copy.
pub fn original(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let marker = read_marker(path)?;
    let place = Some(marker.place).filter(|place| place != "" && place != path)?;
    (is_marked(&place) && read_marker(&place)?.run == marker.run).then_some(place)
}

/// What the marker in `path` says; none if it is not there or not readable.
pub fn read_marker(path: &Utf8Path) -> Option<Marker> {
    serde_json::from_str(&files::read_to_string(&path.join(MARKER)).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use smoke_core::cause::Code;

    use super::super::tests::temporary;
    use super::super::{PREFIX, Workspace, all_in};
    use super::*;

    #[test]
    fn a_copy_is_left_alone_while_its_original_is_there() {
        let (_keep, below) = temporary();
        let workspace = Workspace::create_in(&below, &Marker::default(), &|_| ()).unwrap();
        let copied = below.join(format!("{PREFIX}copied"));
        fs::create_dir(&copied).unwrap();
        fs::copy(workspace.path().join(MARKER), copied.join(MARKER)).unwrap();
        let refused = Workspace::open(&copied).unwrap_err();
        assert_eq!(refused.code, Code::WorkspaceUnmarked);
        assert!(refused.summary.contains("is a copy of"), "{}", refused.summary);
        workspace.remove().unwrap();
        Workspace::open(&copied).unwrap().remove().unwrap();
    }

    #[test]
    fn a_folder_of_another_user_is_not_marked() {
        let (_keep, below) = temporary();
        let workspace = Workspace::create_in(&below, &Marker::default(), &|_| ()).unwrap();
        let path = workspace.path().to_owned();
        drop(workspace);
        // Only the superuser can give a folder away.
        if std::os::unix::fs::chown(&path, Some(12345), None).is_ok() {
            assert!(!is_marked(&path) && all_in(&below).is_empty());
            let refused = Workspace::open(&path).unwrap_err();
            assert!(refused.summary.contains("belongs to another user"), "{}", refused.summary);
        }
        assert!(is_own_folder(&below) && path.join(MARKER).exists());
    }
}
