//! Removes a folder whatever is in it, and nothing that is not in it.
//!
//! Everything happens relative to open folders, so that a path that is replaced meanwhile leads
//! nowhere else. No symbolic link is followed and no mount point is entered. What lies very deep is
//! moved up before it is removed: neither the depth nor the number of entries needs memory, open
//! files or long paths.

use std::ffi::{CStr, CString};
use std::io;
use std::mem;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use camino::Utf8Path;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, openat, renameat, statat, unlinkat};
use rustix::io::Errno;

use crate::sync;

/// Removes the folder at `path`, if a plain file `mark` is in it. That file goes when all else has
/// gone, but for `lock`: whoever can take the lock finds the mark, or nothing.
///
/// # Errors
/// It is no folder, it is not marked, or something in it cannot be removed: the first such thing is
/// named, and everything else is gone but the mark and the lock.
pub fn marked(path: &Utf8Path, mark: &str, lock: &str) -> io::Result<()> {
    let folder = openat(CWD, path.as_std_path(), FOLDER, Mode::empty())?;
    let (mark, lock) = (CString::new(mark)?, CString::new(lock)?);
    let stat = statat(&folder, &*mark, AtFlags::SYMLINK_NOFOLLOW)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(io::Error::other(format!("{path} is not marked")));
    }
    empty(&folder, vec![&mark, &lock])?;
    unlinkat(&folder, &*mark, AtFlags::empty())?;
    unlock_and_remove(path, &folder, &lock)
}

/// Someone who looked for the mark just before it went may make a lock once more.
fn unlock_and_remove(path: &Utf8Path, folder: &OwnedFd, lock: &CStr) -> io::Result<()> {
    const TRIES: usize = 5;
    let remove = || {
        let _ = unlinkat(folder, lock, AtFlags::empty());
        // A link in its place is no folder, and one that was filled meanwhile is not empty.
        unlinkat(CWD, path.as_std_path(), AtFlags::REMOVEDIR)
    };
    let mut removed = remove();
    for _ in 1..TRIES {
        if removed != Err(Errno::NOTEMPTY) {
            break;
        }
        removed = remove();
    }
    Ok(removed?)
}

/// Removes what is at `path`: a file, a link, or a folder with all that is in it.
///
/// # Errors
/// Something cannot be removed; see [`marked`].
pub fn all(path: &Utf8Path) -> io::Result<()> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::other(format!("{path} has no folder")));
    };
    let parent = if parent.as_str().is_empty() { Utf8Path::new(".") } else { parent };
    let parent = openat(CWD, parent.as_std_path(), FOLDER - OFlags::NOFOLLOW, Mode::empty())?;
    let name = CString::new(name)?;
    match unlinkat(&parent, &*name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => return Ok(()),
        Err(Errno::ISDIR | Errno::PERM) => {}
        Err(error) => return Err(error.into()),
    }
    empty(&enter(parent.as_fd(), &name)?, Vec::new())?;
    Ok(unlinkat(&parent, &*name, AtFlags::REMOVEDIR)?)
}

const FOLDER: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// So many names are looked at before any of them is removed.
const BATCH: usize = 4096;

/// So many folders deep it goes with each of them open; what is deeper is moved up. With those that
/// wait to be closed, a removal has no more than 30 open: some may have only 64 files.
const DEEPEST: usize = 8;

/// The emptying of one folder.
struct Removal<'a> {
    root: BorrowedFd<'a>,
    keep: Vec<&'a CStr>,
    /// Folders that are removed, and still open.
    removed: Vec<OwnedFd>,
    /// Takes them, to close them.
    closers: SyncSender<Vec<OwnedFd>>,
    /// Why the first of what cannot be removed cannot be.
    error: Option<io::Error>,
    moved: u64,
}

/// Empties `root`, but for what is to be kept.
fn empty(root: &OwnedFd, keep: Vec<&CStr>) -> io::Result<()> {
    let _ = rustix::fs::fchmod(root, Mode::RWXU);
    let (closers, closing) = sync_channel(1);
    let closing = Arc::new(Mutex::new(closing));
    thread::scope(|scope| {
        for _ in 0..CLOSERS {
            let closing = closing.clone();
            // Without such a thread, this one does it.
            let _ = thread::Builder::new().spawn_scoped(scope, move || close_all(&closing));
        }
        // Without any, nobody takes what is sent, and sending must not wait.
        drop(closing);
        let (root, removed) = (root.as_fd(), Vec::new());
        let mut removal = Removal { root, keep, removed, closers, error: None, moved: 0 };
        removal.empty(root, 0)?;
        removal.error.map_or(Ok(()), Err)
    })
}

/// The blocks of a folder are freed when it is closed, and a filesystem that is mounted with
/// `discard` waits for the disk to hear of them. So many threads wait, while this one goes on.
const CLOSERS: usize = 2;

/// Waking a thread for each folder would take longer than to close one on most filesystems.
const TOGETHER: usize = 4;

fn close_all(closing: &Mutex<Receiver<Vec<OwnedFd>>>) {
    let next = || sync::lock(closing).recv();
    while let Ok(folders) = next() {
        drop(folders);
    }
}

impl Removal<'_> {
    /// Removes what is in `folder`, which is `depth` folders below the root, but for what cannot be
    /// removed.
    fn empty(&mut self, folder: BorrowedFd<'_>, depth: usize) -> io::Result<()> {
        let mut stuck: Vec<CString> = Vec::new();
        loop {
            let names = names(folder, &|name| {
                let kept = depth == 0 && self.keep.contains(&name);
                kept || stuck.iter().any(|stuck| **stuck == *name)
            })?;
            if names.is_empty() {
                return Ok(());
            }
            for name in names {
                if let Err(error) = self.remove(folder, &name, depth) {
                    self.error.get_or_insert_with(|| named(&name, error));
                    stuck.push(name);
                }
            }
        }
    }

    /// Removes an entry of `folder` with all that is in it; what lies too deep becomes an entry of
    /// the root.
    fn remove(&mut self, folder: BorrowedFd<'_>, name: &CStr, depth: usize) -> io::Result<()> {
        let Err(error) = unlink(folder, name) else { return Ok(()) };
        let below = enter(folder, name).map_err(|entering| match entering {
            Errno::NOTDIR | Errno::LOOP => error,
            entering => entering,
        })?;
        if depth == DEEPEST {
            return self.lift(folder, name);
        }
        self.empty(below.as_fd(), depth + 1)?;
        unlinkat(folder, name, AtFlags::REMOVEDIR)?;
        self.removed.push(below);
        if self.removed.len() == TOGETHER {
            let _ = self.closers.send(mem::take(&mut self.removed));
        }
        Ok(())
    }

    /// Moves a folder to the root.
    fn lift(&mut self, folder: BorrowedFd<'_>, name: &CStr) -> io::Result<()> {
        loop {
            self.moved += 1;
            let fresh = CString::new(format!(".removed-{}", self.moved))?;
            if statat(self.root, &*fresh, AtFlags::SYMLINK_NOFOLLOW).is_err() {
                return Ok(renameat(folder, name, self.root, &*fresh)?);
            }
        }
    }
}

fn named(name: &CStr, error: io::Error) -> io::Error {
    let shown = name.to_string_lossy();
    if error.raw_os_error() == Some(Errno::XDEV.raw_os_error()) {
        let shown = shown.escape_debug();
        return io::Error::other(format!("{shown} is a mount point, which is left alone"));
    }
    io::Error::new(error.kind(), format!("remove {}: {error}", shown.escape_debug()))
}

/// Removes a file, a link or an empty folder.
fn unlink(folder: BorrowedFd<'_>, name: &CStr) -> Result<(), Errno> {
    match unlinkat(folder, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(Errno::ISDIR | Errno::PERM) => unlinkat(folder, name, AtFlags::REMOVEDIR),
        Err(error) => Err(error),
    }
}

/// Some names in `folder`, without those that `left_out` says.
fn names(folder: BorrowedFd<'_>, left_out: &dyn Fn(&CStr) -> bool) -> io::Result<Vec<CString>> {
    let mut found = Vec::new();
    for entry in Dir::read_from(folder)? {
        let name = entry?.file_name().to_owned();
        if !matches!(name.as_bytes(), b"." | b"..") && !left_out(&name) {
            found.push(name);
        }
        if found.len() == BATCH {
            break;
        }
    }
    Ok(found)
}

/// Opens a folder in `folder`, with all rights in it: modules of Go are read-only, for example.
fn enter(folder: BorrowedFd<'_>, name: &CStr) -> Result<OwnedFd, Errno> {
    let opened = match open_here(folder, name) {
        Err(Errno::ACCESS) => {
            allow(folder, name)?;
            open_here(folder, name)
        }
        other => other,
    }?;
    let mode = Mode::from_raw_mode(rustix::fs::fstat(&opened)?.st_mode);
    if !mode.contains(Mode::RWXU) {
        rustix::fs::fchmod(&opened, Mode::RWXU)?;
    }
    Ok(opened)
}

/// A mount point is not entered: what is mounted there is somebody else's.
#[cfg(target_os = "linux")]
fn open_here(folder: BorrowedFd<'_>, name: &CStr) -> Result<OwnedFd, Errno> {
    use rustix::fs::{ResolveFlags, openat2};
    let here = ResolveFlags::NO_XDEV | ResolveFlags::NO_SYMLINKS | ResolveFlags::BENEATH;
    match openat2(folder, name, FOLDER, Mode::empty(), here) {
        // A kernel, or a filter of system calls, that does not know it.
        Err(Errno::NOSYS | Errno::PERM) => open_on_same_device(folder, name),
        other => other,
    }
}

#[cfg(not(target_os = "linux"))]
fn open_here(folder: BorrowedFd<'_>, name: &CStr) -> Result<OwnedFd, Errno> {
    open_on_same_device(folder, name)
}

fn open_on_same_device(folder: BorrowedFd<'_>, name: &CStr) -> Result<OwnedFd, Errno> {
    let opened = openat(folder, name, FOLDER, Mode::empty())?;
    let device = |stat: rustix::fs::Stat| stat.st_dev;
    if rustix::fs::fstat(&opened).map(device)? != rustix::fs::fstat(folder).map(device)? {
        return Err(Errno::XDEV);
    }
    Ok(opened)
}

/// Gives its owner all rights in a folder that cannot be opened, and in nothing that took its place.
#[cfg(target_os = "linux")]
fn allow(folder: BorrowedFd<'_>, name: &CStr) -> Result<(), Errno> {
    use std::os::fd::AsRawFd;
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let pinned = openat(folder, name, flags, Mode::empty())?;
    rustix::fs::chmod(format!("/proc/self/fd/{}", pinned.as_raw_fd()), Mode::RWXU)
}

#[cfg(not(target_os = "linux"))]
fn allow(folder: BorrowedFd<'_>, name: &CStr) -> Result<(), Errno> {
    rustix::fs::chmodat(folder, name, Mode::RWXU, AtFlags::SYMLINK_NOFOLLOW)
}

#[cfg(test)]
mod tests;
