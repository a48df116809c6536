//! Writes below a folder that others can reach too, and nowhere else.
//!
//! A link that somebody put there may lead to what is precious to somebody else. None is followed:
//! every folder on the way is opened as a part of the one before it, so that there is no moment in
//! which a link could take its place.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::Component;

use camino::Utf8Path;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, mkdirat, openat, renameat, unlinkat};
use rustix::io::Errno;

use crate::files::{self, TEMPORARY};

/// What is written is its owner's alone.
const FOLDER: Mode = Mode::RWXU;

/// How every folder on the way is opened.
const WAY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::CLOEXEC);

/// The file `name` below `root`, opened to be appended to. It and its folders are made if missing.
///
/// # Errors
/// It cannot be made or opened, it is a link or lies behind one, it is no file, or `name` leads out of
/// `root`.
pub fn append(root: &Utf8Path, name: &str) -> io::Result<File> {
    let (folder, file) = enter(root, name)?;
    files::append_at(folder, file)
}

/// Replaces the file `name` below `root` in one step: a reader sees the old content or the new. A
/// link in its place is replaced as well. With `sync`, a power cut cannot bring the old one back.
///
/// # Errors
/// As [`append`], or it cannot be written; what was there is then unchanged.
pub fn replace(root: &Utf8Path, name: &str, bytes: &[u8], sync: bool) -> io::Result<()> {
    let (folder, file) = enter(root, name)?;
    let temporary = format!("{TEMPORARY}{:016x}", fastrand::u64(..));
    let made = files::open_to_write(&folder, &temporary, OFlags::EXCL).map_err(io::Error::from);
    let written = made.and_then(|mut to| {
        to.write_all(bytes)?;
        if sync { to.sync_all() } else { Ok(()) }
    });
    let replaced = written.and_then(|()| Ok(renameat(&folder, &temporary, &folder, file)?));
    if replaced.is_err() {
        let _ = unlinkat(&folder, &temporary, AtFlags::empty());
    }
    replaced?;
    if sync { File::from(folder).sync_all() } else { Ok(()) }
}

/// The folder `root` itself, opened.
///
/// # Errors
/// It cannot be opened, or it is no folder but a link or a pipe.
pub fn folder(root: &Utf8Path) -> io::Result<File> {
    Ok(openat(CWD, root.as_std_path(), WAY, Mode::empty())?.into())
}

/// The folder of `name`, opened, and the name of the file in it.
fn enter<'a>(root: &Utf8Path, name: &'a str) -> io::Result<(OwnedFd, &'a str)> {
    let path = Utf8Path::new(name);
    let plain = |part: Component| matches!(part, Component::Normal(_));
    if !path.as_std_path().components().all(plain) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{name} leads elsewhere")));
    }
    let file = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut folder: OwnedFd = folder(root)?.into();
    for part in path.parent().into_iter().flat_map(Utf8Path::components) {
        match mkdirat(&folder, part.as_str(), FOLDER) {
            Ok(()) | Err(Errno::EXIST) => (),
            Err(error) => return Err(error.into()),
        }
        folder = openat(&folder, part.as_str(), WAY, Mode::empty())?;
    }
    Ok((folder, file))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn folder() -> (tempfile::TempDir, camino::Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = camino::Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        fs::create_dir(path.join("root")).unwrap();
        fs::create_dir(path.join("others")).unwrap();
        fs::write(path.join("others/precious"), "theirs").unwrap();
        (folder, path)
    }

    #[test]
    fn appends_and_replaces_with_what_is_its_owners_alone() {
        let (_folder, path) = folder();
        let root = path.join("root");
        for text in ["one\n", "two\n"] {
            append(&root, "logs/a.log").unwrap().write_all(text.as_bytes()).unwrap();
            replace(&root, "deep/er/b.json", text.as_bytes(), text == "two\n").unwrap();
        }
        assert_eq!(fs::read_to_string(root.join("logs/a.log")).unwrap(), "one\ntwo\n");
        assert_eq!(fs::read_to_string(root.join("deep/er/b.json")).unwrap(), "two\n");
        for (name, mode) in [("logs", 0o700), ("logs/a.log", 0o600), ("deep/er/b.json", 0o600)] {
            let found = fs::metadata(root.join(name)).unwrap().permissions().mode();
            assert_eq!(found & 0o777, mode, "{name}");
        }
        assert_eq!(fs::read_dir(root.join("deep/er")).unwrap().count(), 1);
    }

    #[test]
    fn follows_no_link() {
        let (_folder, path) = folder();
        let (root, precious) = (path.join("root"), path.join("others/precious"));
        symlink(&precious, root.join("file")).unwrap();
        symlink(path.join("others"), root.join("logs")).unwrap();
        append(&root, "file").unwrap_err();
        append(&root, "logs/precious").unwrap_err();
        append(&root.join("logs"), "precious").unwrap_err();
        replace(&root, "logs/precious", b"ours", false).unwrap_err();
        replace(&root, "file", b"ours", false).unwrap();
        assert_eq!(fs::read_to_string(root.join("file")).unwrap(), "ours");
        assert!(!root.join("file").is_symlink());
        assert_eq!(fs::read_to_string(&precious).unwrap(), "theirs");
        assert_eq!(fs::read_dir(path.join("others")).unwrap().count(), 1);
    }

    #[test]
    fn waits_for_no_pipe() {
        let (_folder, path) = folder();
        let root = path.join("root");
        let pipe = root.join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        append(&root, "pipe").unwrap_err();
        let flags = OFlags::RDONLY | OFlags::NONBLOCK;
        let _reader = openat(CWD, pipe.as_std_path(), flags, Mode::empty()).unwrap();
        append(&root, "pipe").unwrap_err();
        replace(&root, "pipe", b"ours", false).unwrap();
        assert_eq!(fs::read_to_string(pipe).unwrap(), "ours");
    }

    #[test]
    fn stays_below_its_folder() {
        let (_folder, path) = folder();
        for name in ["../others/precious", "/tmp/x", "a/../../others/precious", ""] {
            append(&path.join("root"), name).unwrap_err();
            replace(&path.join("root"), name, b"ours", false).unwrap_err();
        }
        assert_eq!(fs::read_to_string(path.join("others/precious")).unwrap(), "theirs");
    }

    #[test]
    fn a_failure_leaves_what_was_there() {
        let (_folder, path) = folder();
        fs::create_dir(path.join("root/file")).unwrap();
        replace(&path.join("root"), "file", b"ours", false).unwrap_err();
        assert_eq!(fs::read_dir(path.join("root")).unwrap().count(), 1);
    }
}
