//! A package.json that depends on an MCP SDK.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::manager::{self, Manager};
use super::repository::Repository;
use super::text::{Draft, quoted, setup, shell};
use super::transport;

/// The packages that make a server.
const SDKS: [&str; 5] = [
    "@modelcontextprotocol/sdk",
    "@modelcontextprotocol/server",
    "fastmcp",
    "mcp-framework",
    "mcp-handler",
];

/// The draft for the package at `path`, if it is a server.
pub fn draft(repository: &Repository, path: &Utf8Path) -> Option<Draft> {
    let package: Value = serde_json::from_str(&repository.read(path)?).ok()?;
    let tables = ["dependencies", "devDependencies", "peerDependencies"];
    let sdk =
        SDKS.iter().find(|sdk| tables.iter().any(|table| package[*table].get(**sdk).is_some()))?;
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    let program = program(repository, folder, &package);
    let manager = manager::of(repository, folder);
    let script = script(repository, folder, &package, &manager, program.as_deref());
    // Where git does not ignore what is installed or built, that is done in a copy.
    let made = [folder.join("node_modules"), manager.base.join("node_modules")];
    let built = program.iter().map(|file| folder.join(file)).filter(|file| !repository.has(file));
    let copy = made.into_iter().chain(built).any(|made| !repository.ignores(&made));
    let place = if copy { "{{SMOKE_SETUP_NODE}}/" } else { "" };
    let command = match &program {
        Some(file) => vec!["node".to_owned(), format!("{place}{}", folder.join(file))],
        None if package["scripts"]["start"].is_string() => {
            let at = format!("{place}{folder}");
            let at = if at.is_empty() { ".".to_owned() } else { at };
            ["npm", "--silent", "--prefix", &at, "start"].map(str::to_owned).to_vec()
        }
        None => return None,
    };
    let setup = if copy {
        let into = quoted(manager.base.as_str());
        let script = if manager.base == "" { script } else { format!("cd {into} && {script}") };
        setup("node", &shell(&script), &repository.entries(Utf8Path::new("")), "")
    } else {
        setup("node", &shell(&script), &[], manager.base.as_str())
    };
    Some(Draft {
        found: format!("{path}, which depends on {sdk}"),
        setup,
        in_clone: !copy,
        tables: transport::tables(repository, folder, &command),
        notes: notes(&manager),
    })
}

fn notes(manager: &Manager) -> Vec<String> {
    let lock = "there is no lock file, so that every install may bring other versions";
    let lock = (!manager.is_locked).then(|| lock.to_owned());
    lock.into_iter().collect()
}

/// What installs and builds the package.
fn script(
    repository: &Repository,
    folder: &Utf8Path,
    package: &Value,
    manager: &Manager,
    program: Option<&Utf8Path>,
) -> String {
    let built = program.is_some_and(|file| repository.has(&folder.join(file)));
    // What is there already cannot be built again where its sources were left out.
    let prepares =
        ["prepare", "prepublish"].iter().any(|name| package["scripts"][*name].is_string());
    let quiet = built && prepares && manager.install.starts_with("npm ");
    let install = format!("{}{}", manager.install, if quiet { " --ignore-scripts" } else { "" });
    if package["scripts"]["build"].is_string() && !built {
        format!("{install} && {}", manager.build)
    } else {
        install
    }
}

/// The file that a package runs: its first program, else its main file.
fn program(repository: &Repository, folder: &Utf8Path, package: &Value) -> Option<Utf8PathBuf> {
    let bin = match &package["bin"] {
        Value::String(file) => Some(file.as_str()),
        Value::Object(files) => files.values().next().and_then(Value::as_str),
        _ => None,
    };
    let main = || {
        let main = package["main"].as_str()?;
        let built = package["scripts"]["build"].is_string();
        (built || repository.has(&folder.join(clean(main)))).then_some(main)
    };
    let file =
        bin.or_else(|| if package["scripts"]["start"].is_string() { None } else { main() })?;
    Some(clean(file))
}

fn clean(file: &str) -> Utf8PathBuf {
    file.trim_start_matches("./").into()
}
