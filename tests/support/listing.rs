//! A folder at one moment: every path in it with its kind, mode and content.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;

use camino::{Utf8Path, Utf8PathBuf};

/// What a folder held at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing(BTreeMap<Utf8PathBuf, u64>);

impl Listing {
    /// What `folder` holds now; a folder that does not exist holds nothing.
    pub fn of(folder: &Utf8Path) -> Self {
        let mut found = BTreeMap::new();
        collect(folder, &mut found);
        Self(found)
    }

    /// The paths that were added, changed or removed since.
    pub fn changes(&self, now: &Listing) -> Vec<Utf8PathBuf> {
        let paths = self.0.keys().chain(now.0.keys());
        let mut changed: Vec<_> =
            paths.filter(|path| self.0.get(*path) != now.0.get(*path)).cloned().collect();
        changed.sort();
        changed.dedup();
        changed
    }

    /// Holds `folder` to what was listed.
    ///
    /// # Panics
    /// Something in it is not as it was.
    pub fn assert_same(&self, folder: &Utf8Path) {
        let changed = self.changes(&Listing::of(folder));
        assert!(changed.is_empty(), "{folder} changed: {changed:#?}");
    }
}

fn collect(folder: &Utf8Path, found: &mut BTreeMap<Utf8PathBuf, u64>) {
    for entry in folder.read_dir_utf8().into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(meta) = fs::symlink_metadata(path) else { continue };
        let mut hasher = DefaultHasher::new();
        meta.mode().hash(&mut hasher);
        if meta.is_symlink() {
            fs::read_link(path).ok().hash(&mut hasher);
        } else if meta.is_file() {
            fs::read(path).ok().hash(&mut hasher);
        }
        found.insert(path.to_owned(), hasher.finish());
        if meta.is_dir() {
            collect(path, found);
        }
    }
}
