//! What cargo keeps in the folder of a profile: for each unit that it has compiled a fingerprint, and files whose
//! names end as that of the fingerprint does.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind};

use anyhow::{Context as _, Result};
use camino::{Utf8DirEntry, Utf8Path};
use smoke_core::remove;

use super::foreign::Foreign;

/// Where the fingerprints are.
const FINGERPRINTS: &str = ".fingerprint";
/// Where libraries are.
const LIBRARIES: &str = "deps";
/// Where build scripts are, and what they have made.
const SCRIPTS: &str = "build";

/// Whether cargo keeps units in this folder, as far as is known here.
pub fn are_in(profile: &Utf8Path) -> bool {
    profile.join(FINGERPRINTS).is_dir()
}

/// Removes the units of all packages that are not `foreign`.
///
/// # Errors
/// A fingerprint cannot be removed. Without it, all else that is left of a unit counts for nothing.
pub fn forget(profile: &Utf8Path, foreign: &Foreign) -> Result<()> {
    let mut gone = BTreeSet::new();
    for unit in entries(&profile.join(FINGERPRINTS))? {
        if !foreign.has(package(unit.file_name())) {
            remove::all(unit.path()).with_context(|| format!("remove {}", unit.path()))?;
            gone.insert(hash(unit.file_name()).to_owned());
        }
    }
    for place in [LIBRARIES, SCRIPTS] {
        for entry in entries(&profile.join(place))? {
            if gone.contains(hash(entry.file_name())) {
                let _ = remove::all(entry.path());
            }
        }
    }
    Ok(())
}

/// Adds those units of `foreign` packages in the folder `from` to those in `into` which are not there yet. Returns
/// how many. A fingerprint comes last and in one step: cargo makes anew what has none.
///
/// # Errors
/// `from` is not cargo's, some cargo is at work in it, or it is on another filesystem.
pub fn share(from: &Utf8Path, into: &Utf8Path, foreign: &Foreign) -> io::Result<usize> {
    let lock = File::open(from.join(".cargo-lock"))?;
    lock.try_lock_shared()?;
    let new = |unit: &Utf8DirEntry| {
        let there = into.join(FINGERPRINTS).join(unit.file_name());
        foreign.has(package(unit.file_name())) && !there.exists()
    };
    let units: Vec<Utf8DirEntry> =
        entries(&from.join(FINGERPRINTS))?.into_iter().filter(new).collect();
    let hashes: BTreeSet<&str> = units.iter().map(|unit| hash(unit.file_name())).collect();
    let of_units = |entry: &Utf8DirEntry| hashes.contains(hash(entry.file_name()));
    for library in entries(&from.join(LIBRARIES))?.iter().filter(|entry| of_units(entry)) {
        link(library.path(), &into.join(LIBRARIES).join(library.file_name()))?;
    }
    for script in entries(&from.join(SCRIPTS))?.iter().filter(|entry| of_units(entry)) {
        copy(script.path(), &into.join(SCRIPTS).join(script.file_name()))?;
    }
    for unit in &units {
        let begun = into.join(FINGERPRINTS).join("begun");
        copy(unit.path(), &begun)?;
        fs::rename(&begun, begun.with_file_name(unit.file_name()))?;
    }
    Ok(units.len())
}

/// The name of a unit's package.
fn package(unit: &str) -> &str {
    unit.rsplit_once('-').map_or(unit, |(package, _)| package)
}

/// What the names of all that belongs to a unit end with, but for an extension.
fn hash(name: &str) -> &str {
    let stem = name.split('.').next().unwrap_or(name);
    stem.rsplit_once('-').map_or(stem, |(_, hash)| hash)
}

/// All that is in `folder`: nothing where it is missing.
fn entries(folder: &Utf8Path) -> io::Result<Vec<Utf8DirEntry>> {
    match folder.read_dir_utf8() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        entries => entries?.collect(),
    }
}

/// A compiler puts a new file in the place of a library, so that the two may be one on the disk.
fn link(from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
    to.parent().map_or(Ok(()), fs::create_dir_all)?;
    match fs::remove_file(to) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => fs::hard_link(from, to),
    }
}

/// A copy of a folder, as old as it: cargo looks at the times, and writes over such files.
fn copy(from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in entries(from)? {
        let copied = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(entry.path(), &copied)?;
            continue;
        }
        fs::copy(entry.path(), &copied)?;
        let time = entry.metadata()?.modified()?;
        File::options().append(true).open(&copied)?.set_modified(time)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use camino::Utf8PathBuf;

    use super::super::foreign;
    use super::*;

    /// A folder with two profiles, of which `a` has a unit of a package from elsewhere and one of an own package.
    struct Play {
        folder: tempfile::TempDir,
        foreign: Foreign,
    }

    const OLD: Duration = Duration::from_secs(1_000_000);

    impl Play {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let root = Utf8Path::from_path(folder.path()).unwrap();
            let lock =
                "[[package]]\nname = \"dep\"\nsource = \"x\"\n[[package]]\nname = \"own-a\"\n";
            fs::write(root.join("Cargo.lock"), lock).unwrap();
            let play = Self { foreign: foreign::of(root), folder };
            play.write("a/.cargo-lock", "");
            for (package, name, hash) in [("dep", "dep", "1f"), ("own-a", "own_a", "2e")] {
                play.write(&format!("a/.fingerprint/{package}-{hash}/lib-{name}"), hash);
                play.write(&format!("a/deps/lib{name}-{hash}.rlib"), name);
                play.write(&format!("a/deps/{name}-{hash}.d"), name);
                play.write(&format!("a/build/{package}-{hash}/out/made.rs"), name);
            }
            play
        }

        fn path(&self, name: &str) -> Utf8PathBuf {
            Utf8Path::from_path(self.folder.path()).unwrap().join(name)
        }

        fn write(&self, name: &str, text: &str) {
            let path = self.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            let file = File::options().append(true).open(&path).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + OLD).unwrap();
        }

        fn share(&self) -> io::Result<usize> {
            share(&self.path("a"), &self.path("b"), &self.foreign)
        }

        /// All files below a folder, in order.
        fn files(&self, below: &str) -> Vec<String> {
            let mut files = Vec::new();
            for entry in entries(&self.path(below)).unwrap() {
                let name = format!("{below}/{}", entry.file_name());
                match entry.file_type().unwrap().is_dir() {
                    true => files.extend(self.files(&name)),
                    false => files.push(name),
                }
            }
            files.sort();
            files
        }
    }

    const SHARED: [&str; 4] = [
        "b/.fingerprint/dep-1f/lib-dep",
        "b/build/dep-1f/out/made.rs",
        "b/deps/dep-1f.d",
        "b/deps/libdep-1f.rlib",
    ];

    #[test]
    fn what_is_shared_is_foreign_and_as_old_as_it_was() {
        let play = Play::new();
        assert_eq!(play.share().unwrap(), 1);
        assert_eq!(play.files("b"), SHARED);
        for file in SHARED {
            let time = fs::metadata(play.path(file)).unwrap().modified().unwrap();
            assert_eq!(time, SystemTime::UNIX_EPOCH + OLD, "{file}");
        }
    }

    #[test]
    fn what_is_there_already_stays_and_what_is_half_there_is_replaced() {
        let play = Play::new();
        play.write("b/deps/libdep-1f.rlib", "half");
        assert_eq!(play.share().unwrap(), 1);
        assert_eq!(fs::read_to_string(play.path("b/deps/libdep-1f.rlib")).unwrap(), "dep");
        play.write("b/.fingerprint/dep-1f/lib-dep", "its own");
        assert_eq!(play.share().unwrap(), 0);
        let kept = fs::read_to_string(play.path("b/.fingerprint/dep-1f/lib-dep")).unwrap();
        assert_eq!(kept, "its own");
    }

    #[test]
    fn nothing_is_shared_while_cargo_is_at_work_or_where_it_was_never() {
        let play = Play::new();
        let lock = File::open(play.path("a/.cargo-lock")).unwrap();
        lock.lock().unwrap();
        assert!(play.share().is_err());
        lock.unlock().unwrap();
        fs::remove_file(play.path("a/.cargo-lock")).unwrap();
        assert!(play.share().is_err());
        assert!(play.files("b").is_empty());
    }

    #[test]
    fn nothing_is_left_of_what_is_not_foreign() {
        let play = Play::new();
        play.write("a/.fingerprint/unknown/lib-unknown", "");
        forget(&play.path("a"), &play.foreign).unwrap();
        let left = SHARED.map(|file| file.replacen('b', "a", 1));
        let files = play.files("a");
        assert!(
            files.iter().all(|file| left.contains(file) || file == "a/.cargo-lock"),
            "{files:?}"
        );
        assert_eq!(files.len(), left.len() + 1);
    }
}
