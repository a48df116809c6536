//! Atomic writes: files that a reader never sees half-written.

use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use camino::Utf8Path;
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::{Errno, retry_on_intr};

/// The mode of a file that a run writes: its owner's alone, for it may hold what a log should not.
pub const PRIVATE: u32 = 0o600;

/// What the names of files start with that are about to replace another one.
pub const TEMPORARY: &str = ".tmp-";

/// Replaces the file at `path` with `bytes` in one step, creating its folder when that is missing.
///
/// A reader sees the old content or the new, also when this process is killed half-way: the bytes
/// go to a temporary file in the same folder, are synced, and are renamed over `path`. An existing
/// file keeps its mode; a new one gets `mode`. A symbolic link is followed, so that a file that is
/// kept elsewhere stays a link.
///
/// # Errors
/// Any failure to create, write, sync or rename; `path` is then unchanged.
pub fn write_atomic(path: &Utf8Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let target = write_beside(path, bytes, mode, |file| file.sync_all())?;
    target.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// As [`write_atomic`], but nothing is synced: a power cut may bring the old content back, or none.
///
/// # Errors
/// As [`write_atomic`].
pub fn replace(path: &Utf8Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    write_beside(path, bytes, mode, |_| Ok(())).map(drop)
}

/// Opens the file at `path` to read it.
///
/// # Errors
/// As [`File::open`], or it is no file: whoever opens a pipe that a stack has put in the place of one
/// waits for its other end, which nobody may ever open.
pub fn open(path: &Utf8Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let opened = retry_on_intr(|| openat(CWD, path.as_std_path(), flags, Mode::empty()));
    only_a_file(opened?.into())
}

/// Opens the file at `path` to append to it, and makes it if it is missing, with the mode [`PRIVATE`].
///
/// # Errors
/// It cannot be made or opened, or it is no file but a link or a pipe that a stack has put there.
pub fn append(path: &Utf8Path) -> io::Result<File> {
    append_at(CWD, path.as_str())
}

/// As [`append`], for the file `name` in `folder`.
pub(crate) fn append_at(folder: impl AsFd, name: &str) -> io::Result<File> {
    match open_to_write(folder, name, OFlags::APPEND | OFlags::NONBLOCK) {
        // A pipe that nobody reads.
        Err(Errno::NXIO) => Err(no_file()),
        opened => only_a_file(opened?),
    }
}

/// Opens the file `name` in `folder` to write to it, and makes it if it is missing. No link is followed.
pub(crate) fn open_to_write(
    folder: impl AsFd,
    name: &str,
    how: OFlags,
) -> rustix::io::Result<File> {
    let always = OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(PRIVATE);
    retry_on_intr(|| openat(folder.as_fd(), name, always | how, mode)).map(File::from)
}

/// What was opened without waiting, unless it is no file.
fn only_a_file(opened: File) -> io::Result<File> {
    if opened.metadata()?.is_file() { Ok(opened) } else { Err(no_file()) }
}

/// Something that is no file is in the place of one.
fn no_file() -> io::Error {
    io::Error::other("it is no file")
}

/// The bytes of the file at `path`.
///
/// # Errors
/// As [`open`], or it cannot be read.
pub fn read(path: &Utf8Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of the file at `path`.
///
/// # Errors
/// As [`read`], or it is not UTF-8.
pub fn read_to_string(path: &Utf8Path) -> io::Result<String> {
    let mut text = String::new();
    open(path)?.read_to_string(&mut text)?;
    Ok(text)
}

fn write_beside(
    path: &Utf8Path,
    bytes: &[u8],
    mode: u32,
    sync: impl FnOnce(&File) -> io::Result<()>,
) -> io::Result<PathBuf> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.as_std_path().to_owned());
    let folder = target.parent().ok_or_else(|| io::Error::other("the path has no folder"))?;
    fs::create_dir_all(folder)?;
    let mode = fs::metadata(&target).map_or(mode, |meta| meta.permissions().mode());
    let mut temporary = tempfile::Builder::new()
        .prefix(TEMPORARY)
        .permissions(Permissions::from_mode(mode & 0o7777))
        .tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    sync(temporary.as_file())?;
    temporary.persist(&target).map_err(|error| error.error)?;
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_file_and_waits_for_no_pipe() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let (file, pipe) = (folder.join("file"), folder.join("pipe"));
        fs::write(&file, "text").unwrap();
        assert_eq!(read_to_string(&file).unwrap(), "text");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(open(&pipe).unwrap_err().to_string(), "it is no file");
        assert_eq!(open(folder).unwrap_err().to_string(), "it is no file");
        assert_eq!(append(&pipe).unwrap_err().to_string(), "it is no file");
        let _reader = File::options().read(true).write(true).open(&pipe).unwrap();
        assert_eq!(append(&pipe).unwrap_err().to_string(), "it is no file");
        std::os::unix::fs::symlink(&file, folder.join("link")).unwrap();
        append(&folder.join("link")).unwrap_err();
        append(&file).unwrap().write_all(b" and more").unwrap();
        assert_eq!(read(&file).unwrap(), b"text and more");
        assert_eq!(open(&folder.join("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn replaces_the_content_and_keeps_the_mode() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join("deep/file.json");
        write_atomic(&path, b"one", PRIVATE).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        write_atomic(&path, b"two", PRIVATE).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn keeps_a_link_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        fs::write(folder.join("real"), "one").unwrap();
        std::os::unix::fs::symlink(folder.join("real"), folder.join("link")).unwrap();
        write_atomic(&folder.join("link"), b"two", PRIVATE).unwrap();
        assert!(fs::symlink_metadata(folder.join("link")).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(folder.join("real")).unwrap(), "two");
    }
}
