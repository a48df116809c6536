//! The packages that are linked into the programs, as cargo knows them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use crate::built::PROGRAMS;
use crate::project::Project;

/// How long cargo may take: it may have to download what other machines need.
const PATIENCE: Duration = Duration::from_secs(300);

/// A package of somebody else.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence, in SPDX's words.
    pub licence: String,
    /// Who wrote it, as it says.
    pub authors: Vec<String>,
    /// The SHA-256 of what was downloaded; none of what was not.
    pub checksum: Option<String>,
    /// The folder of its sources.
    pub folder: Utf8PathBuf,
    /// The packages that it uses, by their places in the list.
    pub uses: Vec<usize>,
}

/// Them all, and the compiler that brings the standard library.
pub struct Linked {
    /// The packages, by name and version.
    pub packages: Vec<Package>,
    /// Those that are used by the programs directly.
    pub direct: Vec<usize>,
    /// What the compiler says of its version.
    pub compiler: String,
}

impl Linked {
    /// What cargo links for the machine that is packed for. What only builds, tests or writes code for the
    /// compiler is left out.
    ///
    /// # Errors
    /// Cargo does not say, or a package does not say its licence.
    pub fn of(project: &Project) -> Result<Self> {
        let words = ["metadata", "--format-version", "1", "--locked", "--filter-platform"];
        let said = project.cargo(
            &[&words[..], &[project.platform.triple]].concat(),
            &project.environment,
            PATIENCE,
        )?;
        let said = serde_json::from_str(&said).context("read what cargo says")?;
        let graph = Graph::of(&said);
        let lock = project.root.join("Cargo.lock");
        let lock = fs::read_to_string(&lock).with_context(|| format!("read {lock}"))?;
        let all = graph.linked();
        let (foreign, ours): (Vec<&str>, Vec<&str>) =
            all.into_iter().partition(|id| graph.packages[id]["source"].is_string());
        let packages = foreign.iter().map(|id| {
            let uses = places(graph.uses(id), &foreign);
            package(graph.packages[id], uses, &lock)
        });
        let packages = packages.collect::<Result<_>>()?;
        let direct = places(ours.iter().flat_map(|id| graph.uses(id)), &foreign);
        Ok(Self { packages, direct, compiler: project.compiler()? })
    }
}

/// What cargo says, by the ids of packages.
struct Graph<'a> {
    packages: BTreeMap<&'a str, &'a Value>,
    nodes: BTreeMap<&'a str, &'a Value>,
}

impl<'a> Graph<'a> {
    fn of(said: &'a Value) -> Self {
        let by_id = |list: &'a Value| list.as_array().into_iter().flatten();
        let by_id = |list: &'a Value| by_id(list).map(|one| (string(&one["id"]), one)).collect();
        Self { packages: by_id(&said["packages"]), nodes: by_id(&said["resolve"]["nodes"]) }
    }

    /// The programs' packages and all that they use, by name and version.
    fn linked(&self) -> Vec<&'a str> {
        let is_program =
            |package: &Value| PROGRAMS.iter().any(|(name, _)| package["name"] == *name);
        let programs =
            self.packages.iter().filter(|(_, it)| it["source"].is_null() && is_program(it));
        let mut unseen: Vec<&str> = programs.map(|(id, _)| *id).collect();
        let mut linked = BTreeSet::new();
        while let Some(id) = unseen.pop() {
            if linked.insert(id) {
                unseen.extend(self.uses(id));
            }
        }
        let mut linked: Vec<&str> = linked.into_iter().collect();
        linked.sort_by_key(|id| {
            (string(&self.packages[id]["name"]), string(&self.packages[id]["version"]))
        });
        linked
    }

    /// What is linked into a package: what only builds or tests it, and what writes code for it, is not.
    fn uses(&self, id: &str) -> Vec<&'a str> {
        let deps = self.nodes.get(id).and_then(|node| node["deps"].as_array());
        let is_linked = |dep: &&Value| {
            let kinds = dep["dep_kinds"].as_array();
            kinds.into_iter().flatten().any(|kind| kind["kind"].is_null())
        };
        let used = deps.into_iter().flatten().filter(is_linked).map(|dep| string(&dep["pkg"]));
        used.filter(|id| !is_macro(self.packages[id])).collect()
    }
}

fn is_macro(package: &Value) -> bool {
    let targets = package["targets"].as_array();
    let mut kinds = targets.into_iter().flatten().map(|target| &target["kind"][0]);
    kinds.any(|kind| kind == "proc-macro")
}

fn places<'a>(ids: impl IntoIterator<Item = &'a str>, among: &[&str]) -> Vec<usize> {
    let places = ids.into_iter().filter_map(|id| among.iter().position(|known| *known == id));
    places.collect::<BTreeSet<usize>>().into_iter().collect()
}

fn package(package: &Value, uses: Vec<usize>, lock: &str) -> Result<Package> {
    let (name, version) = (string(&package["name"]), string(&package["version"]));
    let Some(licence) = package["license"].as_str() else {
        bail!("{name} {version} does not say its licence, and is linked");
    };
    let manifest = Utf8Path::new(string(&package["manifest_path"]));
    let authors = package["authors"].as_array().into_iter().flatten().filter_map(Value::as_str);
    Ok(Package {
        name: name.to_owned(),
        version: version.to_owned(),
        // The way in which it was written before SPDX's words were asked for.
        licence: licence.replace('/', " OR "),
        authors: authors.map(str::to_owned).collect(),
        checksum: checksum(lock, name, version),
        folder: manifest.parent().context("a manifest is in a folder")?.to_owned(),
        uses,
    })
}

/// What the lock file says of a package's download.
fn checksum(lock: &str, name: &str, version: &str) -> Option<String> {
    let head = format!("name = \"{name}\"\nversion = \"{version}\"\n");
    let rest = lock.split("[[package]]\n").find_map(|package| package.strip_prefix(&head))?;
    let line = rest.lines().find_map(|line| line.strip_prefix("checksum = "))?;
    Some(line.trim_matches('"').to_owned())
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
