//! The files of a repository that a profile could be made of.

use std::collections::BTreeSet;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::bound::Bound;
use smoke_core::cause::{Cause, Code};
use smoke_core::environment::Environment;
use smoke_core::short;
use smoke_harness::python::interpreter;
use xshell::{Shell, cmd};

use super::{is_absent, manifest};

/// How many packages of a large repository are looked at.
const PACKAGES: usize = 200;

/// A repository, seen from its root.
pub struct Repository {
    /// Its root.
    pub root: Utf8PathBuf,
    /// Whether it is one of git.
    pub is_git: bool,
    /// The files of packages that may be servers, those nearest to the root first.
    pub packages: Vec<Utf8PathBuf>,
    /// All files.
    files: Files,
    /// The sources of programs among them, as far as they are a person's and no tests.
    sources: Vec<Utf8PathBuf>,
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
        let top = root.read_dir_utf8().map_err(unreadable)?.flatten();
        let listed = list(root, environment);
        let is_git = listed.is_some();
        let files = listed.unwrap_or_else(|| {
            let mut names: Vec<String> = top.map(|entry| entry.file_name().to_owned()).collect();
            names.sort();
            Files::of(names.join("\0"))
        });
        let (mut packages, mut sources): (Vec<Utf8PathBuf>, Vec<Utf8PathBuf>) = Default::default();
        for path in files.from(0) {
            match kind(path) {
                Kind::Manifest => packages.push(path.into()),
                Kind::Source if !is_aside(Utf8Path::new(path)) => sources.push(path.into()),
                Kind::Source | Kind::Other => {}
            }
        }
        packages.sort_by_key(|path| path.components().count());
        packages.truncate(PACKAGES);
        let (root, environment) = (root.to_owned(), environment.clone());
        Ok(Self { root, is_git, packages, files, sources, environment })
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
        self.files.from(self.files.first_not_before(path.as_str())).next() == Some(path.as_str())
    }

    /// Whether a clone has a file in the folder.
    pub fn has_folder(&self, path: &Utf8Path) -> bool {
        self.below(path).next().is_some()
    }

    /// The files of a clone in the folder, and in those below it.
    pub fn below(&self, folder: &Utf8Path) -> impl Iterator<Item = &Utf8Path> {
        let beginning = if folder == "" { String::new() } else { format!("{folder}/") };
        let from = self.files.from(self.files.first_not_before(&beginning));
        from.take_while(move |file| file.starts_with(&beginning)).map(Utf8Path::new)
    }

    /// The texts of the sources of programs in `folder`, as far as they are a person's and no tests.
    pub fn sources(&self, folder: &Utf8Path) -> Vec<(Utf8PathBuf, String)> {
        const FILES: usize = 300;
        const SIZE: u64 = 256 << 10;
        let small = |path: &Utf8Path| {
            fs::metadata(self.root.join(path)).is_ok_and(|meta| meta.len() <= SIZE)
        };
        let paths = self.sources.iter().filter(|path| path.starts_with(folder));
        let paths = paths.take(FILES).filter(|path| small(path));
        paths.filter_map(|path| Some((path.clone(), self.read(path)?))).collect()
    }

    /// Whether a clone may have `path` without being changed by it. A folder's name ends with `/`, for git
    /// cannot know what a path that is not there would be.
    pub fn ignores(&self, path: &str) -> bool {
        let Ok(shell) = Shell::new() else { return false };
        shell.change_dir(&self.root);
        let asked = cmd!(shell, "git check-ignore --quiet --no-index -- {path}");
        let answer = short::run(asked, &self.environment, &Bound::usual());
        answer.is_ok_and(|answer| answer.status.success())
    }

    /// The version of the interpreter that a run takes unless it is told of another one.
    pub fn python_version(&self) -> Option<(u32, u32)> {
        self.version_of(&interpreter(None, self.root.as_str()))
    }

    /// Major and minor number of a program of this machine.
    pub fn version_of(&self, program: &str) -> Option<(u32, u32)> {
        let shell = Shell::new().ok()?;
        shell.change_dir(&self.root);
        let asked = cmd!(shell, "{program} --version");
        let answer = short::run(asked, &self.environment, &Bound::usual()).ok()?;
        let version = answer.stdout.trim().trim_start_matches("Python ").trim_start_matches('v');
        manifest::minor(version)
    }

    /// What stands in `folder` of a clone, by the names that its files begin with.
    pub fn entries(&self, folder: &Utf8Path) -> Vec<String> {
        let below = self.below(folder).filter_map(|path| path.strip_prefix(folder).ok());
        let first = below.filter_map(|path| path.components().next());
        let names: BTreeSet<&str> = first.map(|part| part.as_str()).collect();
        let names = names.into_iter().map(|name| folder.join(name).into_string());
        names.filter(|name| name != "smoke.toml").collect()
    }

    /// The file of a clone that `path` of someone else's machine ends with, however it begins there.
    pub fn own_path(&self, path: &str) -> Option<Utf8PathBuf> {
        let plain = path.replace('\\', "/");
        let parts: Vec<&str> =
            plain.split('/').filter(|part| !["", ".", ".."].contains(part)).collect();
        let tails = (0..parts.len()).map(|from| Utf8PathBuf::from(parts[from..].join("/")));
        tails.into_iter().find(|tail| self.has(tail))
    }
}

impl Repository {
    /// The file of a clone that shows what a config of this name may look like.
    pub fn example_of(&self, name: &str) -> Option<Utf8PathBuf> {
        let (stem, kind) = name.rsplit_once('.')?;
        if !["toml", "yaml", "yml"].contains(&kind) {
            return None;
        }
        let shows = |path: &&Utf8Path| {
            let own = path.file_name().unwrap_or_default();
            let example =
                ["example", "sample", "minimal", stem].iter().any(|word| own.contains(word));
            example && own.contains(kind) && path.components().count() < 4
        };
        let found = self.files.from(0).map(Utf8Path::new).filter(shows);
        found
            .min_by_key(|path| {
                (!path.as_str().contains("minimal"), path.components().count(), path.as_str().len())
            })
            .map(Utf8Path::to_owned)
    }
}

/// What a file may be good for, by its name alone.
enum Kind {
    Manifest,
    Source,
    Other,
}

/// The kind of a file. There may be hundreds of thousands: their last byte says most.
fn kind(path: &str) -> Kind {
    const SOURCES: [&str; 13] = [
        ".py", ".ts", ".mts", ".js", ".mjs", ".cjs", ".rs", ".go", ".java", ".kt", ".cs", ".php",
        ".rb",
    ];
    let Some(last) = path.as_bytes().last() else { return Kind::Other };
    let may_be_source = b"ysoatpb".contains(last);
    if b"nltydesjc".contains(last) && manifest::is_manifest(path.rsplit('/').next().unwrap_or(path))
    {
        return Kind::Manifest;
    }
    if may_be_source && SOURCES.iter().any(|end| path.ends_with(end)) {
        Kind::Source
    } else {
        Kind::Other
    }
}

/// Whether a file is an example, a test, or what others wrote, by the folders that it lies in.
pub fn is_aside(path: &Utf8Path) -> bool {
    const FOLDERS: [&str; 22] = [
        "test",
        "tests",
        "__tests__",
        "spec",
        "e2e",
        "example",
        "examples",
        "sample",
        "samples",
        "demo",
        "demos",
        "fixtures",
        "docs",
        "doc",
        "benchmark",
        "benchmarks",
        "node_modules",
        "vendor",
        "third_party",
        "templates",
        "conformance",
        "evals",
    ];
    let name = path.file_name().unwrap_or_default();
    let tested = [".test.", ".spec.", "_test."].iter().any(|part| name.contains(part))
        || name.starts_with("test_")
        || name.starts_with("test-");
    tested
        || path
            .parent()
            .is_some_and(|parent| parent.components().any(|part| FOLDERS.contains(&part.as_str())))
}

/// The names of files, sorted by their bytes as git does it. There may be hundreds of thousands: they stay in
/// one text.
struct Files {
    text: String,
    /// Where each begins and ends.
    places: Vec<(usize, usize)>,
}

impl Files {
    /// Those of a text that has zero bytes between them.
    fn of(text: String) -> Self {
        let mut places = Vec::new();
        let mut start = 0;
        for (end, _) in text.match_indices('\0') {
            places.push((start, end));
            start = end + 1;
        }
        if start < text.len() {
            places.push((start, text.len()));
        }
        // What is not tracked comes in the order of a walk.
        let name = |(start, end): &(usize, usize)| &text[*start..*end];
        if !places.is_sorted_by_key(name) {
            places.sort_by(|one, other| name(one).cmp(name(other)));
        }
        Self { text, places }
    }

    /// All from the one at this index on.
    fn from(&self, index: usize) -> impl Iterator<Item = &str> {
        self.places[index..].iter().map(|(start, end)| &self.text[*start..*end])
    }

    /// The index of the first that is not sorted before `path`.
    fn first_not_before(&self, path: &str) -> usize {
        self.places.partition_point(|(start, end)| &self.text[*start..*end] < path)
    }
}

/// The files that are tracked; in a repository without any, those that would be once they are added.
fn list(root: &Utf8Path, environment: &Environment) -> Option<Files> {
    let shell = Shell::new().ok()?;
    shell.change_dir(root);
    let ask = |others: &[&str]| {
        let listed = cmd!(shell, "git ls-files -z --cached {others...}");
        let finished = short::run(listed, environment, &Bound::usual()).ok()?;
        finished.status.success().then(|| Files::of(finished.stdout))
    };
    ask(&[])
        .filter(|files| !files.places.is_empty())
        .or_else(|| ask(&["--others", "--exclude-standard"]))
}
