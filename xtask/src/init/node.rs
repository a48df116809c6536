//! A package.json that depends on an MCP SDK.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::repository::Repository;
use super::text::{Draft, quoted, setup, shell, stdio};

/// The packages that make a server.
const SDKS: [&str; 5] = [
    "@modelcontextprotocol/sdk",
    "@modelcontextprotocol/server",
    "fastmcp",
    "mcp-framework",
    "mcp-handler",
];

/// What installs the packages of a lock file.
const INSTALLERS: [(&str, &str); 6] = [
    ("package-lock.json", "npm ci"),
    ("npm-shrinkwrap.json", "npm ci"),
    ("pnpm-lock.yaml", "pnpm install --frozen-lockfile"),
    ("yarn.lock", "yarn install --frozen-lockfile"),
    ("bun.lock", "bun install --frozen-lockfile"),
    ("bun.lockb", "bun install --frozen-lockfile"),
];

/// The draft for the package at `path`, if it is a server.
pub fn draft(repository: &Repository, path: &Utf8Path) -> Option<Draft> {
    let package: Value = serde_json::from_str(&repository.read(path)?).ok()?;
    let tables = ["dependencies", "devDependencies", "peerDependencies"];
    let sdk =
        SDKS.iter().find(|sdk| tables.iter().any(|table| package[*table].get(**sdk).is_some()))?;
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    let program = program(repository, folder, &package);
    let (install, mut notes) = installer(repository, folder);
    let built = program.as_ref().is_some_and(|file| repository.has(&folder.join(file)));
    // What is there already cannot be built again where its sources were left out.
    let prepares =
        ["prepare", "prepublish"].iter().any(|name| package["scripts"][*name].is_string());
    let quiet =
        if built && prepares && install.starts_with("npm") { " --ignore-scripts" } else { "" };
    let install = install + quiet;
    let build = package["scripts"]["build"].is_string() && !built;
    let script = if build { format!("{install} && npm run build") } else { install };
    // Where git does not ignore what is installed, it is installed into a copy.
    let copy = !repository.ignores(&folder.join("node_modules"));
    let inputs = if copy { repository.entries(Utf8Path::new("")) } else { Vec::new() };
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
    let script = if copy && folder != "" {
        format!("cd {} && {script}", quoted(folder.as_str()))
    } else {
        script
    };
    notes.push("a server that listens needs another [gateway]: see docs/profiles.md".to_owned());
    let tables = setup("node", &shell(&script), &inputs, folder.as_str()) + &stdio(&command);
    Some(Draft { found: format!("{path}, which depends on {sdk}"), tables, notes })
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

/// The command that installs the packages, in the folder of the package or above it.
fn installer(repository: &Repository, folder: &Utf8Path) -> (String, Vec<String>) {
    let locked = INSTALLERS.iter().find(|(lock, _)| repository.has(&folder.join(lock)));
    if let Some((_, command)) = locked {
        return ((*command).to_owned(), Vec::new());
    }
    let note = "there is no lock file, so that every install may bring other versions";
    ("npm install --no-package-lock --no-audit --no-fund".to_owned(), vec![note.to_owned()])
}
