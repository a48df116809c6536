//! Confinement: paths that stay below one folder.

use std::fs::File;

use anyhow::{Context, ensure};
use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use rustix::fs::{Mode, OFlags};

/// A folder that nothing leads out of: neither `..`, nor an absolute path, nor a symbolic link.
pub struct Root {
    folder: Utf8PathBuf,
}

impl Root {
    /// The folder at `path`, with every link in its own path followed.
    ///
    /// # Errors
    /// A path that is no folder.
    pub fn open(path: &Utf8Path) -> anyhow::Result<Root> {
        let folder = path.canonicalize_utf8().with_context(|| format!("find root {path}"))?;
        ensure!(folder.is_dir(), "root {path} is no folder");
        Ok(Root { folder })
    }

    /// Where `asked` really is, with every link followed.
    ///
    /// # Errors
    /// A path that leads outside, or to nothing. Where it would have led is not said.
    pub fn resolve(&self, asked: &str) -> Result<Utf8PathBuf, String> {
        if asked.contains('\0') {
            return Err("a path cannot hold a NUL".to_owned());
        }
        let joined = self.folder.join(asked);
        if !lexical(&joined).is_some_and(|path| path.starts_with(&self.folder)) {
            return Err(self.outside(asked));
        }
        match joined.canonicalize_utf8() {
            Ok(real) if real.starts_with(&self.folder) => Ok(real),
            Ok(_) => Err(self.outside(asked)),
            Err(error) => Err(format!("{asked}: {error}")),
        }
    }

    /// Opens the file that `asked` is for reading.
    ///
    /// # Errors
    /// What [`Root::resolve`] refuses, and anything that is no regular file.
    pub fn open_file(&self, asked: &str) -> Result<File, String> {
        self.open_real(&self.resolve(asked)?).map_err(|why| format!("{asked}: {why}"))
    }

    /// Opens a file by its real path. What was opened is held to the root once more, in case a
    /// folder on the way was exchanged for a link in between; NONBLOCK keeps a pipe from hanging
    /// the server.
    ///
    /// # Errors
    /// A file that cannot be opened, is no regular file, or has moved outside.
    pub fn open_real(&self, real: &Utf8Path) -> Result<File, String> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOFOLLOW;
        let opened = rustix::fs::open(real.as_std_path(), flags, Mode::empty());
        let file = File::from(opened.map_err(|error| std::io::Error::from(error).to_string())?);
        let meta = file.metadata().map_err(|error| error.to_string())?;
        if meta.is_dir() {
            return Err("is a folder".to_owned());
        }
        if !meta.is_file() {
            return Err("is no regular file".to_owned());
        }
        match opened_path(&file) {
            Some(path) if !path.starts_with(&self.folder) => Err(self.outside("it")),
            _ => Ok(file),
        }
    }

    /// A path below the root as callers write it.
    pub fn relative<'a>(&self, real: &'a Utf8Path) -> &'a str {
        match real.strip_prefix(&self.folder) {
            Ok(path) if path.as_str().is_empty() => ".",
            Ok(path) => path.as_str(),
            Err(_) => real.as_str(),
        }
    }

    fn outside(&self, asked: &str) -> String {
        format!("{asked} leads outside the root {}; only what is below it can be read", self.folder)
    }
}

/// The path without `.` and `..`, taken by the letter; `None` above the file system's root.
fn lexical(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let mut out = Utf8PathBuf::new();
    for component in path.components() {
        match component {
            Utf8Component::ParentDir => out.pop().then_some(())?,
            Utf8Component::CurDir => {}
            other => out.push(other),
        }
    }
    Some(out)
}

/// Where an open file is, as far as the system tells.
#[cfg(target_os = "macos")]
fn opened_path(file: &File) -> Option<Utf8PathBuf> {
    let path = rustix::fs::getpath(file).ok()?;
    Some(path.into_string().ok()?.into())
}

/// Where an open file is, as far as the system tells.
#[cfg(not(target_os = "macos"))]
fn opened_path(file: &File) -> Option<Utf8PathBuf> {
    use std::os::fd::AsRawFd;
    let link = format!("/proc/self/fd/{}", file.as_raw_fd());
    Utf8PathBuf::from_path_buf(std::fs::read_link(link).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn nothing_leads_out() {
        let folder = tempfile::tempdir().unwrap();
        let top = Utf8Path::from_path(folder.path()).unwrap().canonicalize_utf8().unwrap();
        fs::create_dir_all(top.join("root/sub")).unwrap();
        fs::create_dir_all(top.join("root-beside")).unwrap();
        fs::write(top.join("secret"), "s").unwrap();
        fs::write(top.join("root-beside/secret"), "s").unwrap();
        fs::write(top.join("root/sub/file"), "f").unwrap();
        symlink(top.join("secret"), top.join("root/link")).unwrap();
        symlink("..", top.join("root/up")).unwrap();
        symlink("sub/file", top.join("root/inside")).unwrap();
        let root = Root::open(&top.join("root")).unwrap();
        for asked in [
            "..",
            "../secret",
            "sub/../../secret",
            "/etc/passwd",
            "link",
            "up/secret",
            "up",
            "../root-beside/secret",
            "sub/../../root-beside/secret",
            "../../../../../../etc/passwd",
        ] {
            let error = root.resolve(asked).unwrap_err();
            assert!(error.contains("leads outside the root"), "{asked}: {error}");
        }
        assert!(root.resolve(top.join("secret").as_str()).is_err());
        assert!(root.resolve("a\0b").is_err());
        for asked in ["sub/file", "inside", "sub/../sub/file", "./sub//file"] {
            let real = root.resolve(asked).unwrap();
            assert_eq!(root.relative(&real), "sub/file");
        }
        assert_eq!(
            root.resolve(top.join("root/sub/file").as_str()).unwrap(),
            top.join("root/sub/file")
        );
        assert_eq!(root.relative(&root.resolve(".").unwrap()), ".");
    }

    #[test]
    fn only_regular_files_open_and_a_late_link_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let top = Utf8Path::from_path(folder.path()).unwrap().canonicalize_utf8().unwrap();
        fs::create_dir(top.join("root")).unwrap();
        fs::write(top.join("secret"), "s").unwrap();
        let root = Root::open(&top.join("root")).unwrap();
        assert!(root.open_file(".").unwrap_err().contains("is a folder"));
        symlink(top.join("secret"), top.join("root/late")).unwrap();
        assert!(root.open_real(&top.join("root/late")).is_err());
        assert!(root.open_real(&top.join("root/../secret")).unwrap_err().contains("outside"));
        let _socket = std::os::unix::net::UnixListener::bind(top.join("root/s")).unwrap();
        assert!(root.open_file("s").is_err());
    }
}
