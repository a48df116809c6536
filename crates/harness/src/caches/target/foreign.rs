//! Packages that are the same in every clone: those that a Cargo.lock has from a registry or a commit.

use std::collections::BTreeSet;
use std::fs;

use camino::Utf8Path;

/// The names of such packages.
#[derive(Debug, Default, PartialEq)]
pub struct Foreign(BTreeSet<String>);

impl Foreign {
    /// Whether all packages of this name are.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

/// Those of the workspace that `folder` is in: without a Cargo.lock none, and none that any has as its own.
pub fn of(folder: &Utf8Path) -> Foreign {
    let files = folder.ancestors().map(|folder| folder.join("Cargo.lock"));
    let texts: Vec<String> = files.filter_map(|file| fs::read_to_string(file).ok()).collect();
    let packages: Vec<(&str, bool)> = texts.iter().flat_map(|text| packages(text)).collect();
    let own: BTreeSet<&str> =
        packages.iter().filter(|(_, foreign)| !foreign).map(|(name, _)| *name).collect();
    let names = packages.iter().map(|(name, _)| *name).filter(|name| !own.contains(name));
    Foreign(names.map(str::to_owned).collect())
}

/// The packages of a Cargo.lock, and whether each comes from elsewhere. Cargo writes every key on a line of its own.
fn packages(lock: &str) -> impl Iterator<Item = (&str, bool)> {
    lock.split("[[package]]").skip(1).filter_map(|package| {
        let value = |key: &str| package.lines().find_map(|line| line.strip_prefix(key));
        let name = value("name = \"")?.strip_suffix('"')?;
        Some((name, value("source = ").is_some()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_foreign_where_no_lock_file_has_it_as_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        assert_eq!(of(folder), Foreign::default());
        let package = |name: &str, source: &str| {
            format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\n{source}")
        };
        let source = "source = \"registry+https://example.org\"\ndependencies = [\n \"b\",\n]\n\n";
        let lock = |own: &str| {
            format!("version = 4\n\n{}{}{own}", package("a", source), package("b", source))
        };
        fs::write(folder.join("Cargo.lock"), lock(&package("c", ""))).unwrap();
        let found = of(folder);
        assert!(found.has("a") && found.has("b") && !found.has("c") && !found.has("d"));
        let below = folder.join("below");
        fs::create_dir(&below).unwrap();
        fs::write(below.join("Cargo.lock"), lock(&package("a", ""))).unwrap();
        let found = of(&below);
        assert!(!found.has("a") && found.has("b"), "{found:?}");
    }
}
