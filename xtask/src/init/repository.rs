//! The files of a repository that a profile could be made of.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::cause::{Cause, Code};
use smoke_core::environment::Environment;
use smoke_core::{git, short};
use smoke_harness::context::variables::interpreter;
use xshell::{Shell, cmd};

use super::{is_absent, python};

/// How many packages of a large repository are looked at.
const PACKAGES: usize = 200;
/// The files that say what a package is made of.
const MANIFESTS: [&str; 5] =
    ["package.json", "pyproject.toml", "requirements.txt", "go.mod", "Cargo.toml"];

/// A repository, seen from its root.
pub struct Repository {
    /// Its root.
    pub root: Utf8PathBuf,
    /// Whether it is one of git.
    pub is_git: bool,
    /// The files of packages that may be servers, those nearest to the root first.
    pub packages: Vec<Utf8PathBuf>,
    files: BTreeSet<Utf8PathBuf>,
    environment: Environment,
}

impl Repository {
    /// Looks at the repository at `root`; what git ignores is no part of it.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn look(root: &Utf8Path, environment: &Environment) -> Result<Self, Cause> {
        let unreadable = |error: std::io::Error| {
            let summary = format!("cannot read {root}: {error}");
            Cause::new(Code::Usage, summary, "name another --source")
        };
        let top: Vec<Utf8PathBuf> = root
            .read_dir_utf8()
            .map_err(unreadable)?
            .flatten()
            .map(|entry| entry.file_name().into())
            .collect();
        let listed = list(root, environment);
        let is_git = listed.is_some();
        let files: BTreeSet<Utf8PathBuf> = listed.unwrap_or(top).into_iter().collect();
        let mut packages: Vec<Utf8PathBuf> = files
            .iter()
            .filter(|path| path.file_name().is_some_and(|name| MANIFESTS.contains(&name)))
            .cloned()
            .collect();
        packages.sort_by_key(|path| path.components().count());
        packages.truncate(PACKAGES);
        let (root, environment) = (root.to_owned(), environment.clone());
        Ok(Self { root, is_git, packages, files, environment })
    }

    /// The text of a file; none if there is none.
    pub fn read(&self, path: &Utf8Path) -> Option<String> {
        match fs::read_to_string(self.root.join(path)) {
            Err(error) if !is_absent(&error) => None,
            other => other.ok(),
        }
    }

    /// Whether a clone has the file.
    pub fn has(&self, path: &Utf8Path) -> bool {
        self.files.contains(path)
    }

    /// The texts of the sources of programs in `folder`, as far as they are likely to be a person's.
    pub fn sources(&self, folder: &Utf8Path) -> Vec<String> {
        const FILES: usize = 300;
        const SIZE: u64 = 256 << 10;
        const KINDS: [&str; 6] = ["py", "ts", "mts", "js", "mjs", "cjs"];
        let small = |path: &Utf8Path| fs::metadata(path).is_ok_and(|meta| meta.len() <= SIZE);
        let is_source =
            |path: &&Utf8PathBuf| path.extension().is_some_and(|kind| KINDS.contains(&kind));
        let in_folder = self.files.iter().filter(|path| path.starts_with(folder));
        let paths = in_folder.filter(is_source).map(|path| self.root.join(path));
        let texts = paths.filter(|path| small(path)).take(FILES);
        texts.filter_map(|path| fs::read_to_string(path).ok()).collect()
    }

    /// Whether a clone may have `path` without being changed by it.
    pub fn ignores(&self, path: &Utf8Path) -> bool {
        let Ok(shell) = Shell::new() else { return false };
        shell.change_dir(&self.root);
        let asked = cmd!(shell, "git check-ignore --quiet --no-index -- {path}");
        let answer = short::run(asked, &self.environment, Duration::from_secs(10));
        answer.is_ok_and(|answer| answer.status.success())
    }

    /// The version of the interpreter that a run takes unless it is told of another one.
    pub fn python_version(&self) -> Option<(u32, u32)> {
        let shell = Shell::new().ok()?;
        let program = interpreter(None, self.root.as_str());
        let asked = cmd!(shell, "{program} --version");
        let answer = short::run(asked, &self.environment, Duration::from_secs(10)).ok()?;
        python::minor(answer.stdout.trim().strip_prefix("Python ")?)
    }

    /// What stands in `folder` of a clone, by the names that its files begin with.
    pub fn entries(&self, folder: &Utf8Path) -> Vec<String> {
        let below = self.files.iter().filter_map(|path| path.strip_prefix(folder).ok());
        let first = below.filter_map(|path| path.components().next());
        let names: BTreeSet<String> = first.map(|part| folder.join(part).into_string()).collect();
        names.into_iter().filter(|name| name != "smoke.toml").collect()
    }
}

/// The files that are tracked, or would be once they are added.
fn list(root: &Utf8Path, environment: &Environment) -> Option<Vec<Utf8PathBuf>> {
    git::top_level(root, environment).ok()?;
    let shell = Shell::new().ok()?;
    shell.change_dir(root);
    let listed = cmd!(shell, "git ls-files -z --cached --others --exclude-standard");
    let finished = short::run(listed, environment, Duration::from_secs(30)).ok()?;
    let names = finished.stdout.split('\0').filter(|name| !name.is_empty());
    finished.status.success().then(|| names.map(Utf8PathBuf::from).collect())
}
