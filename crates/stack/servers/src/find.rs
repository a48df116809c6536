//! The walk through a folder: in order of names, without following links.

use camino::{Utf8DirEntry, Utf8Path};

/// Calls `visit` for every entry below `folder`, folders before what is in them; it says whether
/// to go into a folder, or `None` to end the walk. `.git` and links are passed over, and so is
/// what cannot be read.
pub fn walk(
    folder: &Utf8Path,
    visit: &mut impl FnMut(&Utf8DirEntry) -> Option<bool>,
) -> Option<()> {
    for entry in entries(folder) {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_symlink() || entry.file_name() == ".git" {
            continue;
        }
        if visit(&entry)? && kind.is_dir() {
            walk(entry.path(), visit)?;
        }
    }
    Some(())
}

/// The entries of a folder by name; names that are no UTF-8 are left out.
pub fn entries(folder: &Utf8Path) -> Vec<Utf8DirEntry> {
    let mut entries: Vec<_> =
        folder.read_dir_utf8().map(|entries| entries.flatten().collect()).unwrap_or_default();
    entries.sort_by(|a: &Utf8DirEntry, b| a.file_name().cmp(b.file_name()));
    entries
}
