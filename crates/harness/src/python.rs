//! Which Python interpreter a stack gets.

use std::fs;
use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::{program, toml};

/// The one that was asked for, else the source's own virtual environment, else `python3`; where the source
/// allows no version that old, the oldest of this machine that it does allow.
pub fn interpreter(wanted: Option<&Utf8Path>, source: &str) -> String {
    let source = Utf8Path::new(source);
    let own = source.join(".venv/bin/python");
    match wanted {
        Some(path) => path.to_string(),
        None if own.exists() => own.to_string(),
        None => allowed(source).unwrap_or_else(|| "python3".to_owned()),
    }
}

/// An interpreter for a source that wants a newer one than `python3` is.
fn allowed(source: &Utf8Path) -> Option<String> {
    let bounds = bounds(&wanted(source)?)?;
    let path = std::env::var("PATH").unwrap_or_default();
    let usual = program::find("python3", &path)?;
    if minor(&usual).is_none_or(|has| bounds.hold(has)) {
        return None;
    }
    let named = (bounds.least..=bounds.least + 4).map(|minor| format!("python3.{minor}"));
    let found = named.filter_map(|name| program::find(&name, &path)).filter(|file| !is_shim(file));
    let mut all: Vec<Utf8PathBuf> = found.chain(of_pyenv()).collect();
    all.retain(|file| minor(file).is_some_and(|has| bounds.hold(has)));
    all.sort_by_key(|file| minor(file));
    all.first().map(ToString::to_string)
}

/// What the source says of the versions that it allows.
fn wanted(source: &Utf8Path) -> Option<String> {
    let text = fs::read_to_string(source.join("pyproject.toml")).ok()?;
    let project = toml::parse(&text).ok()?;
    let at = |place: &[&str]| place.iter().try_fold(project.as_item(), |item, key| item.get(key));
    let places: [&[&str]; 2] =
        [&["project", "requires-python"], &["tool", "poetry", "dependencies", "python"]];
    places.iter().find_map(|place| at(place)?.as_str().map(str::to_owned))
}

/// The minor versions of Python 3 that are allowed.
struct Bounds {
    least: u32,
    below: u32,
}

impl Bounds {
    fn hold(&self, minor: u32) -> bool {
        (self.least..self.below).contains(&minor)
    }
}

/// The bounds that a text such as `>=3.12,<3.14` or `^3.12` names; none without a lower one.
fn bounds(text: &str) -> Option<Bounds> {
    let mut bounds = Bounds { least: 0, below: u32::MAX };
    for part in text.split(',').map(str::trim) {
        let version = part.trim_start_matches(['<', '>', '=', '^', '~', '!']);
        let Some(minor) = version.trim().strip_prefix("3.").and_then(number) else { continue };
        match &part[..part.len() - version.len()] {
            ">=" | "^" | "~=" => bounds.least = minor,
            ">" => bounds.least = minor + 1,
            "<" => bounds.below = minor,
            "<=" => bounds.below = minor + 1,
            "==" | "~" => (bounds.least, bounds.below) = (minor, minor + 1),
            _ => {}
        }
    }
    (bounds.least > 0).then_some(bounds)
}

fn number(text: &str) -> Option<u32> {
    text.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Those that pyenv has installed, whichever of them it puts before the others.
fn of_pyenv() -> Vec<Utf8PathBuf> {
    let root = std::env::var("PYENV_ROOT").ok();
    let root = root.or_else(|| std::env::var("HOME").ok().map(|home| format!("{home}/.pyenv")));
    let folder = Utf8PathBuf::from(root.unwrap_or_default()).join("versions");
    let entries = folder.read_dir_utf8().into_iter().flatten().flatten();
    let found = entries.map(|entry| entry.path().join("bin/python3"));
    found.filter(|file| file.exists()).collect()
}

/// Whether a file only looks for the program that it is called as.
fn is_shim(file: &Utf8Path) -> bool {
    file.as_str().contains("/shims/")
}

/// The minor version of an interpreter, as far as its file or the one behind it tells; of a shim, that of
/// the version that pyenv puts first.
fn minor(file: &Utf8Path) -> Option<u32> {
    if is_shim(file) {
        let root = file.parent()?.parent()?;
        let first = fs::read_to_string(root.join("version")).ok()?;
        return number(first.trim().strip_prefix("3.")?);
    }
    let real = fs::canonicalize(Path::new(file.as_str())).ok()?;
    let name = real.file_name()?.to_str()?;
    number(name.strip_prefix("python3.")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_read_in_every_form() {
        for (text, held, not) in [
            (">=3.12,<3.14", 13, 14),
            ("^3.11", 12, 10),
            (">3.10", 11, 10),
            ("==3.12.*", 12, 13),
            ("~=3.11", 12, 10),
            (">=3.10, !=3.12.1", 10, 9),
        ] {
            let bounds = bounds(text).unwrap();
            assert!(bounds.hold(held) && !bounds.hold(not), "{text}");
        }
        assert!(bounds("<4").is_none() && bounds("*").is_none());
    }

    #[test]
    fn a_source_that_allows_any_takes_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().to_str().unwrap();
        assert_eq!(interpreter(None, source), "python3");
        fs::write(folder.path().join("pyproject.toml"), "[project]\nrequires-python = \">=3.1\"\n")
            .unwrap();
        assert_eq!(interpreter(None, source), "python3");
        fs::write(
            folder.path().join("pyproject.toml"),
            "[project]\nrequires-python = \">=3.99\"\n",
        )
        .unwrap();
        assert_eq!(
            interpreter(None, source),
            "python3",
            "one that nobody has is said by those who need it"
        );
    }
}
