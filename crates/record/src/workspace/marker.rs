//! The marker: a file that makes a folder ours to delete.

use std::fs;

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
    /// Folders outside of the workspace that end with it.
    #[serde(default)]
    pub also: Vec<Utf8PathBuf>,
}

/// Whether the folder at `path` has our marker, as a plain file of its own.
pub fn is_marked(path: &Utf8Path) -> bool {
    let folder = fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir());
    folder && fs::symlink_metadata(path.join(MARKER)).is_ok_and(|meta| meta.is_file())
}

/// What the marker in `path` says; none if it is not there or not readable.
pub fn read_marker(path: &Utf8Path) -> Option<Marker> {
    serde_json::from_str(&files::read_to_string(&path.join(MARKER)).ok()?).ok()
}
