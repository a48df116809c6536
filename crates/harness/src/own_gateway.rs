//! Our own gateway for a stack that has none: the program `stack` of this project, found beside this
//! program, or built from the sources that this program was built from.

use std::fs;
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::cause::{Cause, Code};
use smoke_core::name::installed;

/// The program's name.
const NAME: &str = "stack";

/// Where it is, or will be once it is built: beside this program, if it is as new as its sources
/// there, else in `cache`.
pub fn program(cache: &Utf8Path, cold: bool) -> Utf8PathBuf {
    let beside = beside().filter(|beside| is_usable(beside, cold));
    beside.unwrap_or_else(|| folder(cache).join(NAME))
}

/// Whether `program` need not be built: it is as new as its sources, or was installed with this program.
pub fn is_usable(program: &Utf8Path, cold: bool) -> bool {
    (installed().is_some() || !cold) && is_fresh(program)
}

/// The folder of the one that is built.
pub fn folder(cache: &Utf8Path) -> Utf8PathBuf {
    crate::caches::builds::programs(cache).join("own-gateway")
}

/// Whether `program` is there and no source is newer. Without sources, what there is will do.
fn is_fresh(program: &Utf8Path) -> bool {
    let Some(made) = changed(program) else { return false };
    let Some(root) = sources() else { return true };
    let files = ["Cargo.toml", "Cargo.lock"].map(|file| changed(&root.join(file)));
    let all = || {
        let folders = ["stack", "bundle", "core"].map(|name| root.join("crates").join(name));
        folders.iter().filter_map(|folder| newest(folder)).max()
    };
    let sources = compiled(program, &root).or_else(all);
    files.into_iter().chain([sources]).flatten().all(|source| source <= made)
}

/// The repository that this program was built from, if it is still there. One that is installed has its
/// gateway beside it.
pub fn sources() -> Option<Utf8PathBuf> {
    if installed().is_some() {
        return None;
    }
    let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).parent()?.parent()?;
    root.join("crates/stack/Cargo.toml").is_file().then(|| root.to_owned())
}

/// What is said where it is neither there nor can be built.
pub fn missing() -> Cause {
    let path = beside().unwrap_or_else(|| NAME.into());
    let summary = format!("this program comes without its own gateway, which would be {path}");
    let next = match installed() {
        Some(_) => "install this program again: both belong together".to_owned(),
        None => {
            format!("put `{NAME}` there, or run this as `cargo xtask` in a clone of its repository")
        }
    };
    Cause::new(Code::PrerequisiteMissing, summary, next)
}

/// The command that builds it in [`sources`], and the file that it makes below `builds`.
pub fn build(builds: &Utf8Path) -> (Vec<String>, Utf8PathBuf) {
    let words = ["cargo", "build", "--locked", "--package", NAME, "--target-dir", builds.as_str()];
    (words.map(str::to_owned).to_vec(), builds.join("debug").join(NAME))
}

/// Where it would be beside this program.
pub fn beside() -> Option<Utf8PathBuf> {
    let own = Utf8PathBuf::from_path_buf(std::env::current_exe().ok()?).ok()?;
    Some(own.parent()?.join(installed().map_or(NAME, |program| program.gateway)))
}

/// When the newest of the files below `root` was changed that went into `program`. Cargo lists them
/// beside it, and after a change of others, such as tests, would not make the program anew.
fn compiled(program: &Utf8Path, root: &Utf8Path) -> Option<SystemTime> {
    let listed = fs::read_to_string(program.with_extension("d")).ok()?;
    // A space of a path has a backslash before it.
    let listed = listed.replace("\\ ", "\0");
    let files = listed.split_whitespace().skip(1).map(|file| file.replace('\0', " "));
    let below = files.filter(|file| Utf8Path::new(file).starts_with(root));
    below.filter_map(|file| changed(Utf8Path::new(&file))).max()
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

    #[test]
    fn only_what_went_into_it_makes_it_old() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let (program, source) = (folder.join(NAME), folder.join("a source.rs"));
        let long_ago = SystemTime::now() - std::time::Duration::from_secs(3600);
        let make = |path: &Utf8Path, at| {
            fs::write(path, "").unwrap();
            fs::File::options().append(true).open(path).unwrap().set_modified(at).unwrap();
        };
        make(&program, long_ago);
        make(&source, long_ago);
        assert_eq!(compiled(&program, folder), None);
        let listed = format!("{program}: {} /no/such\n", source.as_str().replace(' ', "\\ "));
        fs::write(folder.join("stack.d"), listed).unwrap();
        assert_eq!(compiled(&program, folder), changed(&source));
        assert_eq!(compiled(&program, Utf8Path::new("/elsewhere")), None);
        make(&source, SystemTime::now());
        assert!(compiled(&program, folder) > changed(&program));
    }
}
