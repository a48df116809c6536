//! The workspace: a disposable folder that carries our marker, and is deleted only if it does.

mod left;
mod lost;
mod marker;
pub mod paths;
mod refused;

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::cause::{Cause, Code};
use smoke_core::files::{self, PRIVATE};
use smoke_core::remove;

use super::folder::private_folder;
use marker::original;
use refused::{busy, cannot_make, copy, refuse_windows_mount, unmarked};

pub use left::{all_in, remove_abandoned, remove_unborn, usual_place};
pub use lost::{behind_lost, lost};
pub use marker::{MARKER, Marker, is_marked, read_marker};

/// The file in a workspace that its run locks.
const LOCK: &str = ".lock";
/// What the names of workspaces below TMPDIR start with.
pub const PREFIX: &str = "stelae-smoke-workspace-";

/// A workspace that this process holds the lock of.
#[derive(Debug)]
pub struct Workspace {
    path: Utf8PathBuf,
    lock: File,
}

/// What to do about a workspace that exists already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Use what is in it.
    Reuse,
    /// Delete it and start afresh.
    Replace,
}

impl Workspace {
    /// A new workspace in `below`, which is TMPDIR as a rule. `announce` is told its path before it
    /// is made, so that whoever clears up after a run that is killed knows of it in time.
    ///
    /// # Errors
    /// It cannot be made, as in a read-only TMPDIR, or lies on a mount of Windows.
    pub fn create_in(
        below: &Utf8Path,
        marker: &Marker,
        announce: &dyn Fn(&Utf8Path),
    ) -> Result<Self, Cause> {
        refuse_windows_mount(below)?;
        // Its path is told without symbolic links from the beginning.
        let below = below.canonicalize_utf8().map_err(|error| cannot_make(below, &error))?;
        loop {
            let path = below.join(new_name());
            announce(&path);
            match DirBuilder::new().mode(0o700).create(&path) {
                // Another start may take it for one that was never finished, and remove it.
                Ok(()) => match Self::mark(path, marker) {
                    Err(cause) if cause.code == Code::WorkspaceBusy => {}
                    marked => return marked,
                },
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(cannot_make(&below, &error)),
            }
        }
    }

    /// The workspace at `path`, which a person named; the flag says whether it was there before. One
    /// that was there is handed to `take_over`, before anything is done with it.
    ///
    /// # Errors
    /// The folder holds something and has no marker, another run is using it, `take_over` refuses, or
    /// it cannot be made.
    pub fn at(
        path: &Utf8Path,
        existing: Existing,
        marker: &Marker,
        take_over: &dyn Fn(&Self) -> Result<(), Cause>,
    ) -> Result<(Self, bool), Cause> {
        refuse_windows_mount(path)?;
        if is_marked(path) {
            let found = Self::open(path)?;
            take_over(&found)?;
            if existing == Existing::Reuse {
                return Ok((found, true));
            }
            let removed = found.remove();
            removed.map_err(|error| cannot_make(path, &io::Error::other(format!("{error:#}"))))?;
        } else if fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(unmarked(path));
        }
        private_folder(path).map_err(|error| cannot_make(path, &error))?;
        Ok((Self::mark(path.to_owned(), marker)?, false))
    }

    /// Takes the lock of an existing workspace.
    ///
    /// # Errors
    /// There is no marker, it is the copy of another workspace, or another run holds the lock.
    pub fn open(path: &Utf8Path) -> Result<Self, Cause> {
        if !is_marked(path) {
            return Err(unmarked(path));
        }
        let path = path.canonicalize_utf8().unwrap_or_else(|_| path.to_owned());
        if let Some(original) = original(&path) {
            return Err(copy(&path, &original));
        }
        let workspace = Self::lock(path)?;
        if is_marked(&workspace.path) {
            return Ok(workspace);
        }
        // It was being removed, and the lock was made anew.
        remove_unborn(&workspace.path);
        Err(unmarked(&workspace.path))
    }

    /// The lock comes before the marker: a marked workspace that nobody locks is one of a dead run.
    fn mark(path: Utf8PathBuf, marker: &Marker) -> Result<Self, Cause> {
        let path = path.canonicalize_utf8().unwrap_or(path);
        let workspace = Self::lock(path.clone())?;
        let written = workspace.write_marker(marker);
        written.map(|()| workspace).map_err(|error| {
            remove_unborn(&path);
            cannot_make(&path, &io::Error::other(format!("{error:#}")))
        })
    }

    /// The lock is on a file of its own, because the marker is replaced as a run goes on. A lock on a
    /// file that was removed meanwhile is worth nothing.
    fn lock(path: Utf8PathBuf) -> Result<Self, Cause> {
        let place = path.join(LOCK);
        if fs::symlink_metadata(&place).is_ok_and(|meta| !meta.is_file()) {
            // What a stack has put there holds no lock, and nobody could ever take one.
            let _ = fs::remove_file(&place);
        }
        let lock = match files::append(&place) {
            Err(_) if !path.exists() => return Err(busy(&path)),
            file => file.map_err(|error| cannot_make(&path, &error))?,
        };
        match lock.try_lock() {
            Ok(()) if !is_at(&lock, &place) => Err(busy(&path)),
            Ok(()) => Ok(Self { path, lock }),
            Err(TryLockError::WouldBlock) => Err(busy(&path)),
            Err(TryLockError::Error(error)) => Err(cannot_make(&path, &error)),
        }
    }

    /// Its path, absolute and without symbolic links.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// What its marker says.
    pub fn marker(&self) -> Marker {
        read_marker(&self.path).unwrap_or_default()
    }

    /// Says in the marker who uses it.
    ///
    /// # Errors
    /// The marker cannot be written.
    pub fn write_marker(&self, marker: &Marker) -> Result<()> {
        let marker = Marker { place: self.path.clone(), ..marker.clone() };
        let text = serde_json::to_vec_pretty(&marker)?;
        files::replace(&self.path.join(MARKER), &text, PRIVATE).context("write the marker")
    }

    /// Deletes it, with the folders that end with it. The marker goes last, so that what is left
    /// of an interrupted removal is still known to be ours.
    ///
    /// # Errors
    /// Something in it cannot be deleted.
    pub fn remove(self) -> Result<()> {
        for folder in &self.marker().also {
            if is_marked(folder) {
                remove_marked(folder)?;
            }
            // One that was being made has no marker yet, and holds nothing.
            let _ = fs::remove_dir(folder);
        }
        remove_marked(&self.path)?;
        drop(self.lock);
        Ok(())
    }
}

/// Deletes a folder that lies directly in a workspace; of anything else nothing.
///
/// # Errors
/// Something in it cannot be deleted.
pub fn remove_inside(folder: &Utf8Path) -> Result<()> {
    let ours = folder.parent().is_some_and(is_marked) && fs::symlink_metadata(folder).is_ok();
    if ours { remove::all(folder).with_context(|| format!("remove {folder}")) } else { Ok(()) }
}

/// Whether `file` is still what is found at `path`.
fn is_at(file: &File, path: &Utf8Path) -> bool {
    let which = |meta: fs::Metadata| (meta.dev(), meta.ino());
    let found = fs::symlink_metadata(path).map(which);
    found.is_ok_and(|found| file.metadata().map(which).is_ok_and(|held| held == found))
}

/// A name that no other workspace has: eight random letters and digits after the prefix.
fn new_name() -> String {
    let random = (0..8).map(|_| fastrand::alphanumeric());
    format!("{PREFIX}{}", random.collect::<String>())
}

fn remove_marked(path: &Utf8Path) -> Result<()> {
    remove::marked(path, MARKER, LOCK).with_context(|| format!("remove {path}"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    pub fn temporary() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap();
        (folder, path)
    }

    #[test]
    fn is_private_marked_locked_and_gone_at_the_end() {
        let (_keep, below) = temporary();
        let workspace = Workspace::create_in(&below, &Marker::default(), &|_| ()).unwrap();
        let path = workspace.path().to_owned();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        assert_eq!(all_in(&below), std::slice::from_ref(&path));
        assert_eq!(Workspace::open(&path).unwrap_err().code, Code::WorkspaceBusy);
        workspace.remove().unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn a_foreign_folder_is_refused_and_left_alone() {
        let (_keep, below) = temporary();
        let foreign = below.join("foreign");
        fs::create_dir(&foreign).unwrap();
        fs::write(foreign.join("precious"), "x").unwrap();
        for existing in [Existing::Reuse, Existing::Replace] {
            let cause =
                Workspace::at(&foreign, existing, &Marker::default(), &|_| Ok(())).unwrap_err();
            assert_eq!(cause.code, Code::WorkspaceUnmarked);
        }
        std::os::unix::fs::symlink(&foreign, below.join("link")).unwrap();
        assert!(!is_marked(&below.join("link")));
        assert!(foreign.join("precious").exists());
    }

    #[test]
    fn a_folder_is_removed_only_if_it_lies_in_a_workspace() {
        let (_keep, below) = temporary();
        let workspace = Workspace::create_in(&below, &Marker::default(), &|_| ()).unwrap();
        let (inside, outside) = (workspace.path().join("home"), below.join("home"));
        for folder in [&inside, &outside] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("f"), "x").unwrap();
            remove_inside(folder).unwrap();
        }
        assert!(!inside.exists() && outside.join("f").exists());
        remove_inside(&inside).unwrap();
    }

    #[test]
    fn a_link_to_a_workspace_is_no_workspace() {
        let (_keep, below) = temporary();
        let workspace = Workspace::create_in(&below, &Marker::default(), &|_| ()).unwrap();
        let link = below.join("stelae-smoke-workspace-link");
        std::os::unix::fs::symlink(workspace.path(), &link).unwrap();
        assert!(!is_marked(&link));
        assert_eq!(all_in(&below), [workspace.path().to_owned()]);
    }

    #[test]
    fn a_lock_that_was_removed_meanwhile_is_none() {
        let (_keep, below) = temporary();
        let held = Workspace::lock(below.clone()).unwrap();
        assert!(is_at(&held.lock, &below.join(LOCK)));
        fs::remove_file(below.join(LOCK)).unwrap();
        assert!(!is_at(&held.lock, &below.join(LOCK)));
        fs::write(below.join(LOCK), "").unwrap();
        assert!(!is_at(&held.lock, &below.join(LOCK)));
        let gone = Workspace::lock(below.join("gone")).unwrap_err();
        assert_eq!(gone.code, Code::WorkspaceBusy);
    }

    #[test]
    fn a_named_folder_is_reused_or_replaced() {
        let (_keep, below) = temporary();
        let path = below.join("mine");
        let (first, was_there) =
            Workspace::at(&path, Existing::Reuse, &Marker::default(), &|_| Ok(())).unwrap();
        assert!(!was_there);
        drop(first);
        fs::write(path.join("left"), "x").unwrap();
        let (second, was_there) =
            Workspace::at(&path, Existing::Reuse, &Marker::default(), &|_| Ok(())).unwrap();
        assert!(was_there && path.join("left").exists());
        drop(second);
        let (_third, was_there) =
            Workspace::at(&path, Existing::Replace, &Marker::default(), &|_| Ok(())).unwrap();
        assert!(!was_there && !path.join("left").exists());
    }

    #[test]
    fn folders_without_write_permission_are_removed_too() {
        let (_keep, below) = temporary();
        let workspace = Workspace::create_in(&below, &Marker::default(), &|_| ()).unwrap();
        let deep = workspace.path().join("a/b");
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("f"), "x").unwrap();
        fs::set_permissions(&deep, fs::Permissions::from_mode(0o500)).unwrap();
        let path = workspace.path().to_owned();
        workspace.remove().unwrap();
        assert!(!path.exists());
    }
}
