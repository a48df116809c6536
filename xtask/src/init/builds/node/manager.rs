//! The package manager of a package.json: the one of its lock file, or of the workspace that it belongs to.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use crate::init::repository::Repository;
use crate::init::script::quoted;

/// How the packages are installed and built, by commands that run in `base`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manager {
    /// The folder of the lock file, which is that of the package or one above it.
    pub base: Utf8PathBuf,
    /// Installs the packages.
    pub install: String,
    /// Builds the package, and of pnpm also those of the workspace that it depends on.
    pub build: String,
    /// Whether there is a lock file.
    pub is_locked: bool,
    /// What of the lock file does not fit the manifest, so that it cannot be held to.
    pub lacks: Option<String>,
}

/// Lock files, with who wrote them.
const LOCKS: [(&str, Kind); 6] = [
    ("package-lock.json", Kind::Npm),
    ("npm-shrinkwrap.json", Kind::Npm),
    ("pnpm-lock.yaml", Kind::Pnpm),
    ("yarn.lock", Kind::Yarn),
    ("bun.lock", Kind::Bun),
    ("bun.lockb", Kind::Bun),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Npm,
    Pnpm,
    Yarn,
    Bun,
}

/// The manager of the package in `folder`.
pub fn of(repository: &Repository, folder: &Utf8Path) -> Manager {
    let mut places =
        folder.ancestors().filter(|base| *base == folder || has_workspaces(repository, base));
    let locked = places.find_map(|base| {
        let mut there = LOCKS.iter().filter(|(lock, _)| repository.has(&base.join(lock)));
        // Of several, one that fits the manifest.
        let fits = |(lock, kind): &&(&str, Kind)| {
            lacking(repository, folder, &base.join(lock), *kind).is_none()
        };
        let lock = there.clone().find(fits).or_else(|| there.next())?;
        Some((base, lock))
    });
    let Some((base, (lock, kind))) = locked else {
        return Manager {
            base: folder.to_owned(),
            install: "npm install --no-package-lock --no-audit --no-fund".to_owned(),
            build: "npm run build".to_owned(),
            is_locked: false,
            lacks: None,
        };
    };
    let below = folder.strip_prefix(base).unwrap_or(folder);
    let program = program(repository, base, lock, *kind);
    let lacks = lacking(repository, folder, &base.join(lock), *kind);
    let arguments = match kind {
        Kind::Npm if lacks.is_some() => "install --no-package-lock --no-audit --no-fund",
        Kind::Npm => "ci",
        Kind::Pnpm if lacks.is_some() => "install --no-frozen-lockfile",
        Kind::Yarn | Kind::Bun if lacks.is_some() => "install",
        Kind::Yarn if program.contains("cli-dist") => "install --immutable",
        Kind::Pnpm | Kind::Yarn | Kind::Bun => "install --frozen-lockfile",
    };
    let build = match kind {
        _ if below == "" => format!("{program} run build"),
        Kind::Pnpm => {
            format!("{program} --filter {} run build", quoted(&format!("{{{below}}}...")))
        }
        Kind::Npm => format!("npm --prefix {} run build", quoted(below.as_str())),
        Kind::Yarn | Kind::Bun => format!("cd {} && {program} run build", quoted(below.as_str())),
    };
    // Only yarn itself would find packages that are in no node_modules.
    let place = if program.contains("cli-dist") { "YARN_NODE_LINKER=node-modules " } else { "" };
    let install = format!("{place}{program} {arguments}");
    Manager { base: base.to_owned(), install, build, is_locked: true, lacks }
}

/// The first dependency that the lock file lacks, or has otherwise: then it is refused by those who are
/// told to hold to it.
fn lacking(
    repository: &Repository,
    folder: &Utf8Path,
    lock: &Utf8Path,
    kind: Kind,
) -> Option<String> {
    let manifest = package(repository, folder);
    let text = repository.read(lock).filter(|text| !text.trim().is_empty())?;
    let wanted = ["dependencies", "devDependencies"]
        .into_iter()
        .filter_map(|table| manifest[table].as_object().map(|names| (table, names)));
    let locked: Value = serde_json::from_str(&text).unwrap_or_default();
    let below = folder.strip_prefix(lock.parent()?).ok()?;
    let root = &locked["packages"][below.as_str()];
    // A lock file that has none of them is not understood.
    let known =
        wanted.clone().flat_map(|(_, names)| names).any(|(name, _)| text.contains(name.as_str()));
    for (table, names) in wanted.filter(|_| known) {
        for (name, range) in names {
            let there = match kind {
                Kind::Npm if root.is_object() => root[table][name] == *range,
                Kind::Npm => true,
                _ => text.contains(name.as_str()),
            };
            if !there {
                return Some(name.clone());
            }
        }
    }
    None
}

/// Whether the packages below `base` are installed there.
fn has_workspaces(repository: &Repository, base: &Utf8Path) -> bool {
    !package(repository, base)["workspaces"].is_null()
        || repository.has(&base.join("pnpm-workspace.yaml"))
}

fn package(repository: &Repository, base: &Utf8Path) -> Value {
    let text = repository.read(&base.join("package.json")).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// The manager's command. Those that do not come with node are brought by npx, in the version that
/// the repository names, else in one that reads its lock file.
fn program(repository: &Repository, base: &Utf8Path, lock: &str, kind: Kind) -> String {
    let package = package(repository, base);
    let named = package["packageManager"].as_str().and_then(|named| named.split_once('@'));
    let named = named.map(|(_, version)| version.split('+').next().unwrap_or_default());
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
    let named = named.filter(|version| !version.is_empty() && version.chars().all(plain));
    let text = repository.read(&base.join(lock)).unwrap_or_default();
    match kind {
        Kind::Npm => "npm".to_owned(),
        Kind::Pnpm => format!("npx --yes pnpm@{}", named.unwrap_or_else(|| pnpm_for(&text))),
        Kind::Yarn if text.contains("yarn lockfile v1") => {
            let version = named.filter(|version| version.starts_with("1."));
            format!("npx --yes yarn@{}", version.unwrap_or("1"))
        }
        Kind::Yarn => format!("npx --yes @yarnpkg/cli-dist@{}", named.unwrap_or("4")),
        Kind::Bun => format!("npx --yes bun@{}", named.unwrap_or("1")),
    }
}

/// The newest major that reads a lock file of this form, of those that old versions of node run.
fn pnpm_for(lock: &str) -> &'static str {
    let form = lock.lines().find_map(|line| line.strip_prefix("lockfileVersion:"));
    match form.unwrap_or_default().trim().trim_matches(['\'', '"']).split('.').next() {
        Some("5") => "7",
        Some("6") => "8",
        _ => "10",
    }
}
