//! Copies of files and folders.

use std::fs;
use std::os::unix::fs::symlink;

use anyhow::{Context as _, Result};
use camino::Utf8Path;

/// Copies a file, a link or a whole folder from `from` to `to`.
///
/// # Errors
/// Something of it cannot be read or written.
pub fn copy(from: &Utf8Path, to: &Utf8Path) -> Result<()> {
    let kind = fs::symlink_metadata(from).with_context(|| format!("read {from}"))?.file_type();
    if kind.is_dir() {
        return copy_tree(from, to);
    }
    if kind.is_symlink() {
        let _ = fs::remove_file(to);
        return symlink(fs::read_link(from)?, to).with_context(|| format!("link {to}"));
    }
    fs::copy(from, to).map(drop).with_context(|| format!("copy {from}"))
}

fn copy_tree(from: &Utf8Path, to: &Utf8Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("make {to}"))?;
    for entry in from.read_dir_utf8().with_context(|| format!("read {from}"))? {
        let entry = entry.with_context(|| format!("read {from}"))?;
        copy(entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}
