//! Space that a run puts by, so that its end can be recorded on a disk that is full by then.

use std::fs;
use std::io::{self, Write};

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::beneath;

const NAME: &str = ".reserve";

/// A file that is of no use but for its size, until the space is needed or the run is over.
#[derive(Debug)]
pub struct Reserve {
    path: Utf8PathBuf,
}

impl Reserve {
    /// More than a record and its last events take, in bytes.
    const SIZE: usize = 256 * 1024;

    /// Puts space by in `folder`.
    ///
    /// # Errors
    /// There is none, or `folder` cannot be written.
    pub fn take(folder: &Utf8Path) -> io::Result<Self> {
        let reserve = Self::left_in(folder);
        let mut file = beneath::append(folder, NAME)?;
        // Dropped when this fails, and the space is given back.
        file.write_all(&vec![b'.'; Self::SIZE])?;
        Ok(reserve)
    }

    /// What a run that was killed put by in `folder`, if it did.
    pub fn left_in(folder: &Utf8Path) -> Self {
        Self { path: folder.join(NAME) }
    }

    /// Gives the space back.
    pub fn release(&self) {
        let _ = fs::remove_file(&self.path);
    }
}

impl Drop for Reserve {
    fn drop(&mut self) {
        self.release();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_there_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let reserve = Reserve::take(folder).unwrap();
        assert!(fs::metadata(&reserve.path).unwrap().len() >= 256 * 1024);
        drop(reserve);
        assert_eq!(fs::read_dir(folder).unwrap().count(), 0);
    }
}
