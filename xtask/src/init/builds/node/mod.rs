//! A package.json: installed by the package manager of its lock file, and run by node.

mod manager;
mod program;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::{Read, inputs, names, reason};
use crate::init::package::{Package, Program, Runner};
use crate::init::repository::Repository;
use crate::init::script::{quoted, setup, shell};

use manager::Manager;

/// The packages that make a server.
const SDKS: [&str; 8] = [
    "@modelcontextprotocol/sdk",
    "@modelcontextprotocol/server",
    "fastmcp",
    "mcp-framework",
    "mcp-handler",
    "xmcp",
    "tmcp",
    "@cyanheads/mcp-ts-core",
];

/// Reads the package at `path`.
pub fn read(repository: &Repository, path: &Utf8Path, text: &str) -> Read {
    let Ok(package) = serde_json::from_str::<Value>(text) else { return Read::Other };
    let tables = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];
    let depends: Vec<String> = tables
        .iter()
        .flat_map(|table| {
            package[*table].as_object().into_iter().flatten().map(|(name, _)| name.clone())
        })
        .collect();
    let name = package["name"].as_str().unwrap_or_default();
    let Some((because, sureness)) = reason(&depends, &SDKS, &[name]) else { return Read::Other };
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    let manager = manager::of(repository, folder);
    let built = program::built(repository, folder, &package);
    let installed = [folder.join("node_modules"), manager.base.join("node_modules")];
    let committed = installed.iter().any(|folder| repository.has_folder(folder));
    let mut made: Vec<String> =
        installed.iter().chain(&built).map(|folder| format!("{folder}/")).collect();
    made.dedup();
    // Where git does not ignore what is installed or built, that is done in a copy.
    let copy = committed || made.into_iter().any(|made| !repository.ignores(&made));
    let place = if copy { "{{SMOKE_SETUP_NODE}}/" } else { "" };
    let newer = package["engines"]["node"].as_str().and_then(|range| newer(repository, range));
    let node = match newer {
        Some(major) => vec!["npx".to_owned(), "--yes".to_owned(), format!("node@{major}")],
        None => vec!["node".to_owned()],
    };
    let place = Place { files: place, node: &node, built: &built };
    let programs = program::programs(repository, folder, &package, &place);
    if programs.is_empty() {
        return Read::Refused(format!(
            "{path} {because}, and has no program: neither `bin` nor a script `start`"
        ));
    }
    let script = script(&package, &manager, !built.is_empty());
    // What is built for a newer node is built by it.
    let script = match newer {
        // An npx in it would take the outer one's package for its own.
        Some(major) => {
            let inner = quoted(&format!("unset npm_config_package; {script}"));
            format!("npx --yes --package node@{major} -- sh -c {inner}")
        }
        None => script,
    };
    Read::package(Package {
        manifest: path.to_owned(),
        because,
        sureness,
        names: names(repository, path, &[name]),
        programs,
        is_declared: !package["bin"].is_null(),
        is_library: package["bin"].is_null() && !package["scripts"]["start"].is_string(),
        runner: runner(&package, &place),
        install: install(repository, &manager, &script, copy, text),
        in_clone: !copy,
        requires: Vec::new(),
        notes: notes(&package, newer, &manager),
    })
}

/// Where the files of the package are, and what runs them.
struct Place<'a> {
    /// What stands before the files of the clone.
    files: &'a str,
    /// The command that runs one.
    node: &'a [String],
    /// The folders that the build fills.
    built: &'a [Utf8PathBuf],
}

fn runner(package: &Value, place: &Place) -> Runner {
    let scripts = package["scripts"].as_object().into_iter().flatten();
    let scripts =
        scripts.filter_map(|(name, text)| Some((name.clone(), text.as_str()?.to_owned())));
    Runner {
        file: place.node.to_vec(),
        place: place.files.to_owned(),
        built: place.built.to_vec(),
        programs: None,
        scripts: scripts.collect(),
    }
}

fn install(
    repository: &Repository,
    manager: &Manager,
    script: &str,
    copy: bool,
    manifest: &str,
) -> String {
    if !copy {
        return setup("node", &shell(script), &[], manager.base.as_str());
    }
    let into = quoted(manager.base.as_str());
    let script =
        if manager.base == "" { script.to_owned() } else { format!("cd {into} && {script}") };
    setup("node", &shell(&script), &inputs::of(repository, manifest), "")
}

/// What installs and builds the package.
fn script(package: &Value, manager: &Manager, is_built: bool) -> String {
    let scripts = &package["scripts"];
    let prepares = ["prepare", "prepublish"].iter().filter_map(|name| scripts[*name].as_str());
    let prepares: Vec<&str> = prepares.collect();
    let npm = manager.install.starts_with("npm ");
    // What is there already cannot be built again where its sources were left out.
    let quiet = !is_built && !prepares.is_empty() && npm;
    let install = format!("{}{}", manager.install, if quiet { " --ignore-scripts" } else { "" });
    let done = npm
        && manager.build == "npm run build"
        && prepares.iter().any(|script| script.contains("build"));
    if is_built && scripts["build"].is_string() && !done {
        format!("{install} && {}", manager.build)
    } else {
        install
    }
}

fn notes(package: &Value, newer: Option<u32>, manager: &Manager) -> Vec<String> {
    let lock = "there is no lock file, so that every install may bring other versions";
    let lock = (!manager.is_locked).then(|| lock.to_owned());
    let lacks = manager.lacks.as_ref();
    let lacks = lacks.map(|name| {
        format!("the lock file does not fit package.json ({name}), and is not held to")
    });
    let range = package["engines"]["node"].as_str().unwrap_or_default();
    let node = newer.map(|major| {
        format!(
            "it wants node {range}, which this machine has not: npx brings node {major} to run it"
        )
    });
    lock.into_iter().chain(lacks).chain(node).collect()
}

/// The version to bring where the node of this machine is older than the package allows.
fn newer(repository: &Repository, range: &str) -> Option<u32> {
    let least = range.split("||").filter_map(|part| {
        let version = part.trim().trim_start_matches(['>', '=', '^', '~', 'v', ' ']);
        version.split(['.', ' ', '-']).next()?.parse::<u32>().ok()
    });
    let least = least.min()?;
    (repository.version_of("node")?.0 < least).then_some(least)
}

impl Place<'_> {
    /// Whether a clone has the file, or the build makes it.
    fn has(&self, repository: &Repository, file: &Utf8Path) -> bool {
        repository.has(file) || self.built.iter().any(|built| file.starts_with(built))
    }

    /// A program of a file.
    fn program(&self, name: &str, file: Utf8PathBuf) -> Program {
        let place = format!("{}{file}", self.files);
        let command = self.node.iter().cloned().chain([place]).collect();
        Program { name: name.to_owned(), command, file: Some(file) }
    }
}
