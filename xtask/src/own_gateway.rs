//! Our own gateway for a stack that has none: the program `stack` of this project, found beside this
//! program, or built from the sources that this program was built from.

use std::fs;
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

/// The program's name.
const NAME: &str = "stack";

/// Where it is, or will be once it is built: beside this program, if it is as new as its sources
/// there, else in `cache`.
pub fn program(cache: &Utf8Path, cold: bool) -> Utf8PathBuf {
    let beside = beside().filter(|beside| !cold && is_fresh(beside));
    beside.unwrap_or_else(|| folder(cache).join(NAME))
}

/// The folder of the one that is built.
pub fn folder(cache: &Utf8Path) -> Utf8PathBuf {
    crate::cache::programs(cache).join("own-gateway")
}

/// Whether `program` is there and no source is newer. Without sources, what there is will do.
pub fn is_fresh(program: &Utf8Path) -> bool {
    let Some(made) = changed(program) else { return false };
    let Some(root) = sources() else { return true };
    let files = ["Cargo.toml", "Cargo.lock"].map(|file| changed(&root.join(file)));
    let folders = ["stack", "bundle", "core"].map(|name| newest(&root.join("crates").join(name)));
    files.into_iter().chain(folders).flatten().all(|source| source <= made)
}

/// The repository that this program was built from, if it is still there.
pub fn sources() -> Option<Utf8PathBuf> {
    let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    root.join("crates/stack/Cargo.toml").is_file().then(|| root.to_owned())
}

/// The command that builds it in [`sources`], and the file that it makes below `builds`.
pub fn build(builds: &Utf8Path) -> (Vec<String>, Utf8PathBuf) {
    let words = ["cargo", "build", "--locked", "--package", NAME, "--target-dir", builds.as_str()];
    (words.map(str::to_owned).to_vec(), builds.join("debug").join(NAME))
}

fn beside() -> Option<Utf8PathBuf> {
    let own = Utf8PathBuf::from_path_buf(std::env::current_exe().ok()?).ok()?;
    Some(own.parent()?.join(NAME))
}

fn newest(folder: &Utf8Path) -> Option<SystemTime> {
    let entries = folder.read_dir_utf8().ok()?.flatten();
    let times = entries.map(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => newest(entry.path()),
        _ => changed(entry.path()),
    });
    times.max().flatten()
}

fn changed(path: &Utf8Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_older_than_its_sources_is_not_fresh() {
        let folder = tempfile::tempdir().unwrap();
        let program = Utf8Path::from_path(folder.path()).unwrap().join(NAME);
        assert!(!is_fresh(&program));
        fs::write(&program, "").unwrap();
        assert!(is_fresh(&program));
        fs::File::open(&program).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert!(!is_fresh(&program));
    }
}
