//! All writes of one operation: prepared in memory, put beside their targets, then renamed.

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use tempfile::NamedTempFile;

use crate::{ConfigHome, diff, guard};

/// The mode of a new config file: its owner's alone, for it may hold what a log should not.
pub const PRIVATE: u32 = 0o600;

const TEMPORARY: &str = ".bundle-tmp-";

/// What is going to be written and removed.
#[derive(Default)]
pub struct Transaction {
    writes: Vec<Replacement>,
    removals: Vec<Utf8PathBuf>,
}

struct Replacement {
    path: Utf8PathBuf,
    bytes: Vec<u8>,
    mode: u32,
}

impl Transaction {
    /// Plans to write the file unless it has these bytes already.
    pub fn write(&mut self, path: &Utf8Path, bytes: Vec<u8>, mode: u32) -> Result<()> {
        if current(path)?.is_none_or(|current| current != bytes) {
            self.writes.push(Replacement { path: path.to_owned(), bytes, mode });
        }
        Ok(())
    }

    /// Plans to remove the file.
    pub fn remove(&mut self, path: Utf8PathBuf) {
        self.removals.push(path);
    }

    /// The paths that will change.
    pub fn paths(&self) -> Vec<Utf8PathBuf> {
        self.writes.iter().map(|write| &write.path).chain(&self.removals).cloned().collect()
    }

    /// A unified diff for every file that will change.
    pub fn diffs(&self) -> Result<Vec<(Utf8PathBuf, String)>> {
        let writes = self.writes.iter().map(|write| (&write.path, Some(write.bytes.as_slice())));
        let removals = self.removals.iter().map(|path| (path, None));
        let each = writes.chain(removals).map(|(path, after)| {
            Ok((path.clone(), diff::unified(path, current(path)?.as_deref(), after)))
        });
        each.collect()
    }

    /// Also writes a copy of every file that will be replaced or removed, in a folder of its own
    /// below the backups, and returns the copies' paths.
    pub fn back_up(&mut self, home: &ConfigHome, stamp: &str) -> Result<Vec<Utf8PathBuf>> {
        let mut folder = home.backups().join(stamp);
        let mut number = 2;
        while folder.exists() {
            folder = home.backups().join(format!("{stamp}-{number}"));
            number += 1;
        }
        let mut copies = Vec::new();
        for path in self.paths() {
            let Some(bytes) = current(&path)? else { continue };
            let copy = folder.join(path.strip_prefix(home.root()).unwrap_or(&path));
            copies.push(Replacement { path: copy, bytes, mode: PRIVATE });
        }
        let paths = copies.iter().map(|copy| copy.path.clone()).collect();
        // Copies go first, so that a run that is killed half-way has lost nothing.
        self.writes.splice(0..0, copies);
        Ok(paths)
    }

    /// Writes and removes. Every file is complete on disk under another name before the first one
    /// takes its place, so that a full disk changes nothing; and each takes its place in one step,
    /// so that a kill leaves whole files and a second run finishes.
    pub fn commit(self, home: &ConfigHome) -> Result<()> {
        for path in self.paths() {
            guard::check_inside(home, &path)?;
        }
        let folders: BTreeSet<_> = self
            .writes
            .iter()
            .filter_map(|write| write.path.parent())
            .map(Utf8Path::to_owned)
            .collect();
        let mut created = Vec::new();
        let staged = self.stage(home, &folders, &mut created);
        if staged.is_err() {
            created.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
        }
        for (file, target) in staged? {
            file.persist(&target).with_context(|| format!("replace {target}"))?;
        }
        remove_all(&self.removals)?;
        if !home.lasting {
            return Ok(());
        }
        folders.iter().try_for_each(|folder| File::open(folder)?.sync_all()).context("sync folders")
    }

    fn stage(
        &self,
        home: &ConfigHome,
        folders: &BTreeSet<Utf8PathBuf>,
        created: &mut Vec<Utf8PathBuf>,
    ) -> Result<Vec<(NamedTempFile, Utf8PathBuf)>> {
        for folder in folders {
            create(folder, created).with_context(|| format!("create {folder}"))?;
            sweep(folder);
        }
        self.writes.iter().map(|write| stage_one(write, home.lasting)).collect()
    }
}

/// The bytes of the file, or nothing when there is none.
pub fn current(path: &Utf8Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("read {path}")),
    }
}

fn stage_one(write: &Replacement, lasting: bool) -> Result<(NamedTempFile, Utf8PathBuf)> {
    // A symbolic link inside the config home stays one; what it leads to is replaced.
    let target = write.path.canonicalize_utf8().unwrap_or_else(|_| write.path.clone());
    let folder = target.parent().context("the path has no folder")?;
    let mode = fs::metadata(&target).map_or(write.mode, |meta| meta.permissions().mode() & 0o7777);
    let mut file = tempfile::Builder::new()
        .prefix(TEMPORARY)
        .tempfile_in(folder)
        .with_context(|| format!("write in {folder}"))?;
    file.write_all(&write.bytes)
        .and_then(|()| file.as_file().set_permissions(Permissions::from_mode(mode)))
        .and_then(|()| if lasting { file.as_file().sync_all() } else { Ok(()) })
        .with_context(|| format!("write {target}; nothing was changed"))?;
    Ok((file, target))
}

fn create(folder: &Utf8Path, created: &mut Vec<Utf8PathBuf>) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        create(parent, created)?;
    }
    fs::DirBuilder::new().mode(0o700).create(folder)?;
    created.push(folder.to_owned());
    Ok(())
}

/// Removes what an installer that was killed left behind. We hold the lock, so it is nobody's.
fn sweep(folder: &Utf8Path) {
    for entry in folder.read_dir_utf8().into_iter().flatten().flatten() {
        if entry.file_name().starts_with(TEMPORARY) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn remove_all(paths: &[Utf8PathBuf]) -> Result<()> {
    for path in paths {
        match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("remove {path}"));
            }
            _ => {}
        }
        // A folder that became empty goes too; one that did not refuses to.
        let _ = path.parent().map(fs::remove_dir);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> (tempfile::TempDir, ConfigHome) {
        let folder = tempfile::tempdir().unwrap();
        let home = ConfigHome::new(Utf8Path::from_path(folder.path()).unwrap().join("home"));
        fs::create_dir(home.root()).unwrap();
        (folder, home)
    }

    #[test]
    fn writes_what_differs_and_removes_what_goes() {
        let (_folder, home) = home();
        let (same, old) = (home.root().join("same"), home.root().join("deep/old"));
        fs::write(&same, "1").unwrap();
        fs::create_dir(home.root().join("deep")).unwrap();
        fs::write(&old, "1").unwrap();
        fs::write(home.root().join(".bundle-tmp-killed"), "half").unwrap();
        let mut transaction = Transaction::default();
        transaction.write(&same, b"1".to_vec(), PRIVATE).unwrap();
        transaction.write(&home.overlay(), b"2".to_vec(), PRIVATE).unwrap();
        transaction.remove(old.clone());
        assert_eq!(transaction.paths(), [home.overlay(), old.clone()]);
        assert_eq!(transaction.diffs().unwrap().len(), 2);
        transaction.commit(&home).unwrap();
        assert_eq!(fs::read(home.overlay()).unwrap(), b"2");
        let mut left: Vec<_> =
            fs::read_dir(home.root()).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["proxy.template.local.json", "same"]);
    }

    #[test]
    fn a_failure_leaves_nothing() {
        let (_folder, home) = home();
        fs::write(home.root().join("file"), "").unwrap();
        let mut transaction = Transaction::default();
        transaction.write(&home.root().join("new/a"), b"1".to_vec(), PRIVATE).unwrap();
        // A folder cannot be made below a file.
        transaction.writes.push(Replacement {
            path: home.root().join("file/b"),
            bytes: vec![],
            mode: PRIVATE,
        });
        assert!(transaction.commit(&home).is_err());
        assert_eq!(fs::read_dir(home.root()).unwrap().count(), 1);
    }

    #[test]
    fn a_backup_holds_what_was_there() {
        let (_folder, home) = home();
        fs::write(home.overlay(), "old").unwrap();
        for expected in ["backups/t/", "backups/t-2/"] {
            let mut transaction = Transaction::default();
            transaction.write(&home.overlay(), expected.into(), PRIVATE).unwrap();
            let copies = transaction.back_up(&home, "t").unwrap();
            transaction.commit(&home).unwrap();
            assert!(copies[0].as_str().contains(expected), "{copies:?}");
        }
        let first = home.backups().join("t/proxy.template.local.json");
        assert_eq!(fs::read_to_string(first).unwrap(), "old");
    }

    #[test]
    fn a_path_outside_is_not_written() {
        let (_folder, home) = home();
        let mut transaction = Transaction::default();
        transaction.write(&home.root().join("../x.json"), b"1".to_vec(), PRIVATE).unwrap();
        assert!(transaction.commit(&home).is_err());
    }
}
