//! How much room kept results take, and which of them go first.

use std::fs;
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::files::{self, PRIVATE};
use smoke_core::remove;

/// How many results of a kind are kept.
pub const KEPT: usize = 8;
/// How much the kept results of setups may take together, in bytes.
const MOST: u64 = 6 << 30;
/// The file in a result's folder that says its size: a tree of packages takes long to measure.
const SIZE: &str = "size";

/// A result that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its folder.
    pub folder: Utf8PathBuf,
    /// Its size, in bytes.
    pub size: u64,
    /// When it was used last.
    pub used: SystemTime,
}

/// Writes down how large a result is.
pub fn measure(folder: &Utf8Path) {
    let size = size(&folder.join("tree")).to_string();
    let _ = files::replace(&folder.join(SIZE), size.as_bytes(), PRIVATE);
}

/// The size of everything in a folder, in bytes.
pub fn size(path: &Utf8Path) -> u64 {
    let Ok(meta) = fs::symlink_metadata(path) else { return 0 };
    if !meta.is_dir() {
        return meta.len();
    }
    let entries = path.read_dir_utf8().into_iter().flatten().flatten();
    entries.map(|entry| size(entry.path())).sum()
}

/// The results in `place`, those that were used last first.
pub fn kept(place: &Utf8Path) -> Vec<Kept> {
    let entries = place.read_dir_utf8().into_iter().flatten().flatten();
    let look = |folder: Utf8PathBuf| {
        let used = fs::metadata(folder.join("key")).and_then(|meta| meta.modified()).ok()?;
        let told = fs::read_to_string(folder.join(SIZE)).ok().and_then(|text| text.parse().ok());
        Some(Kept { size: told.unwrap_or_else(|| size(&folder)), folder, used })
    };
    let mut kept: Vec<Kept> = entries.filter_map(|entry| look(entry.into_path())).collect();
    kept.sort_by_key(|result| std::cmp::Reverse(result.used));
    kept
}

/// Deletes those that were not used for longest, until the others fit. The newest one stays, however large
/// it is.
pub fn fit(place: &Utf8Path) {
    let mut sum = 0;
    for (index, result) in kept(place).into_iter().enumerate() {
        sum += result.size;
        if index > 0 && sum > MOST {
            let _ = remove::all(&result.folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_oldest_go_until_the_others_fit() {
        let keep = tempfile::tempdir().unwrap();
        let place = Utf8Path::from_path(keep.path()).unwrap();
        for (age, size) in [(1, MOST), (2, 1), (0, 5)] {
            let folder = place.join(age.to_string());
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join(SIZE), size.to_string()).unwrap();
            let key = fs::File::create(folder.join("key")).unwrap();
            key.set_modified(SystemTime::now() - Duration::from_secs(60 * age)).unwrap();
        }
        fit(place);
        let left: Vec<u64> = kept(place).iter().map(|result| result.size).collect();
        assert_eq!(left, [5], "the second does not fit beside the newest, and the third is older");
    }

    #[test]
    fn a_result_is_measured_once() {
        let keep = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(keep.path()).unwrap().join("a");
        fs::create_dir_all(folder.join("tree")).unwrap();
        fs::write(folder.join("tree/file"), "12345").unwrap();
        fs::write(folder.join("key"), "k").unwrap();
        measure(&folder);
        assert_eq!(
            fs::read_to_string(folder.join(SIZE)).unwrap(),
            size(&folder.join("tree")).to_string()
        );
        assert_eq!(kept(folder.parent().unwrap())[0].size, size(&folder.join("tree")));
    }
}
