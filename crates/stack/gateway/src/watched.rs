//! A file that is read again when it changes.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;

use camino::{Utf8Path, Utf8PathBuf};

/// What a file looked like when it was last read. A changed stamp is only a hint: the content
/// decides.
type Stamp = (u64, u64, i64, i64);

/// A file and what it held.
#[derive(Debug)]
pub struct Watched {
    path: Utf8PathBuf,
    stamp: Option<Stamp>,
    text: Option<String>,
    failure: Option<String>,
}

/// What a look at the file found.
#[derive(Debug, PartialEq)]
pub enum Look {
    /// The content is what it was.
    Same,
    /// There is new content, or the file has gone (`None`).
    Changed(Option<String>),
    /// It cannot be read, for a reason that was not yet reported.
    Unreadable(String),
}

impl Watched {
    /// A file that has not been looked at.
    pub fn new(path: &Utf8Path) -> Watched {
        Watched { path: path.to_owned(), stamp: None, text: None, failure: None }
    }

    /// Its path.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// Looks at the file, and reads it if its time, length or inode differ from the last look.
    pub fn look(&mut self) -> Look {
        let stamp = fs::metadata(&self.path).ok().map(stamp_of);
        if stamp.is_some() && stamp == self.stamp {
            return Look::Same;
        }
        match fs::read_to_string(&self.path) {
            Ok(text) => self.seen(stamp, Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.seen(None, None),
            Err(error) => self.unreadable(error.to_string()),
        }
    }

    fn seen(&mut self, stamp: Option<Stamp>, text: Option<String>) -> Look {
        self.stamp = stamp;
        self.failure = None;
        if self.text == text {
            return Look::Same;
        }
        self.text.clone_from(&text);
        Look::Changed(text)
    }

    fn unreadable(&mut self, reason: String) -> Look {
        if self.failure.as_ref() == Some(&reason) {
            return Look::Same;
        }
        self.failure = Some(reason.clone());
        Look::Unreadable(reason)
    }
}

fn stamp_of(meta: fs::Metadata) -> Stamp {
    (meta.ino(), meta.len(), meta.mtime(), meta.mtime_nsec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_a_change_once_and_a_touch_never() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join("file");
        let mut watched = Watched::new(&path);
        assert_eq!(watched.look(), Look::Same, "a file that was never there");
        fs::write(&path, "one").unwrap();
        assert_eq!(watched.look(), Look::Changed(Some("one".to_owned())));
        assert_eq!(watched.look(), Look::Same);
        fs::write(&path, "one").unwrap();
        assert_eq!(watched.look(), Look::Same);
        fs::remove_file(&path).unwrap();
        assert_eq!(watched.look(), Look::Changed(None));
        assert_eq!(watched.look(), Look::Same);
    }

    #[test]
    fn reports_an_unreadable_file_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut watched = Watched::new(Utf8Path::from_path(folder.path()).unwrap());
        assert!(matches!(watched.look(), Look::Unreadable(_)));
        assert_eq!(watched.look(), Look::Same);
    }
}
