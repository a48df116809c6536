//! A Cargo.toml: a program of the crate, built as the lock file says.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;
use smoke_core::toml;
use toml_edit::Item;

use super::{Read, names, reason, speaks};
use crate::init::package::{Package, Program};
use crate::init::repository::Repository;

/// The crates that make a server.
const SDKS: [&str; 5] = ["rmcp", "rust-mcp-sdk", "mcp-attr", "pmcp", "turbomcp"];
/// Where the build puts what it makes.
const TARGET: &str = "{{SMOKE_BUILD_DIR}}/cargo";

/// Reads the crate at `path`.
pub fn read(repository: &Repository, path: &Utf8Path, text: &str) -> Read {
    let Ok(manifest) = toml::parse(text) else { return Read::Other };
    let root = manifest.as_item();
    let Some(package) = root.get("package") else { return Read::Other };
    let name = package.get("name").and_then(Item::as_str).unwrap_or_default();
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    let depends = dependencies(repository, folder, root, true);
    let Some((because, sureness)) = reason(&depends, &SDKS, &[name]) else { return Read::Other };
    let programs = programs(repository, folder, root, name);
    let Some(first) = programs.first() else {
        return Read::Refused(format!("{path} {because} and makes no program"));
    };
    let build = build(repository, folder, path, root, &first.name);
    Read::package(Package {
        manifest: path.to_owned(),
        because,
        sureness,
        names: names(repository, path, &[name]),
        programs: programs.into_iter().take(1).collect(),
        is_declared: true,
        install: build,
        ..Package::default()
    })
}

/// What the crate depends on: by the names that crates have, whatever they are called here, and what the
/// crates of the same repository depend on.
fn dependencies(
    repository: &Repository,
    folder: &Utf8Path,
    root: &Item,
    deep: bool,
) -> Vec<String> {
    let table = root.get("dependencies").and_then(Item::as_table_like);
    let entries: Vec<(&str, &Item)> = table.into_iter().flat_map(|table| table.iter()).collect();
    let own = entries
        .iter()
        .map(|(key, item)| item.get("package").and_then(Item::as_str).unwrap_or(key).to_owned());
    let mut all: Vec<String> = own.collect();
    let paths = entries.iter().filter_map(|(_, item)| item.get("path").and_then(Item::as_str));
    for path in paths.filter(|_| deep) {
        let other =
            repository.read(&normal(&folder.join(path)).join("Cargo.toml")).unwrap_or_default();
        if let Ok(other) = toml::parse(&other) {
            all.extend(dependencies(repository, folder, other.as_item(), false));
        }
    }
    all
}

/// A path without the steps back in it.
fn normal(path: &Utf8Path) -> Utf8PathBuf {
    let mut made = Utf8PathBuf::new();
    for part in path.components() {
        match part.as_str() {
            ".." => {
                made.pop();
            }
            "." => {}
            part => made.push(part),
        }
    }
    made
}

/// The programs of a crate, the one that is meant first.
fn programs(
    repository: &Repository,
    folder: &Utf8Path,
    root: &Item,
    package: &str,
) -> Vec<Program> {
    let listed = root.get("bin").and_then(Item::as_array_of_tables).into_iter().flatten();
    let mut found: Vec<String> =
        listed.filter_map(|bin| bin.get("name")?.as_str().map(str::to_owned)).collect();
    if repository.has(&folder.join("src/main.rs")) && !names_main(root) {
        found.push(package.to_owned());
    }
    for file in repository.entries(&folder.join("src/bin")) {
        found.extend(Utf8Path::new(&file).file_stem().map(str::to_owned));
    }
    let default = root.get("package").and_then(|package| package.get("default-run")?.as_str());
    found.sort_by_key(|name| (Some(name.as_str()) != default, name != package, !speaks(name)));
    found.dedup();
    let program =
        |name: String| Program { name, file: None, command: vec!["{{SMOKE_GATEWAY_BIN}}".into()] };
    found.into_iter().map(program).collect()
}

/// Whether a listed program has the main file of the crate.
fn names_main(root: &Item) -> bool {
    let listed = root.get("bin").and_then(Item::as_array_of_tables).into_iter().flatten();
    listed
        .into_iter()
        .any(|bin| bin.get("path").and_then(Item::as_str).is_none_or(|path| path == "src/main.rs"))
}

fn build(
    repository: &Repository,
    folder: &Utf8Path,
    path: &Utf8Path,
    root: &Item,
    program: &str,
) -> String {
    let mut command = vec!["cargo", "build", "--target-dir", TARGET];
    if folder.ancestors().any(|base| repository.has(&base.join("Cargo.lock"))) {
        command.push("--locked");
    }
    command.extend(["--manifest-path", path.as_str(), "--bin", program]);
    let listed = root.get("bin").and_then(Item::as_array_of_tables).into_iter().flatten();
    let own =
        listed.into_iter().find(|bin| bin.get("name").and_then(Item::as_str) == Some(program));
    let features = own.and_then(|bin| bin.get("required-features")?.as_array());
    let features: Vec<&str> =
        features.into_iter().flatten().filter_map(toml_edit::Value::as_str).collect();
    let features = features.join(",");
    if !features.is_empty() {
        command.extend(["--features", &features]);
    }
    let output = format!("{TARGET}/debug/{program}");
    format!("[gateway.build]\ncommand = {}\noutput = {}\n", json!(command), json!(output))
}
