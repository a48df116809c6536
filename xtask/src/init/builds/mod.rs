//! The kinds of packages: each of these modules says how a package of its kind is installed and built,
//! and where its programs end up.

mod cargo;
mod deno;
mod dotnet;
mod go;
mod inputs;
mod jvm;
mod node;
mod php;
mod python;
mod ruby;

use camino::Utf8Path;

use super::package::{Package, Sureness};
use super::repository::Repository;

/// What a manifest turned out to be.
pub enum Read {
    /// A package that may be a server.
    Package(Box<Package>),
    /// One that speaks of MCP and is none, with the reason.
    Refused(String),
    /// Nothing that has to do with MCP.
    Other,
}

impl Read {
    fn package(package: Package) -> Self {
        Self::Package(Box::new(package))
    }

    /// One that may be a server, for it `because`, but has nothing to start it with.
    fn unstartable(path: &Utf8Path, because: &str) -> Self {
        Self::Refused(format!("{path} {because}, and no file that starts a server was found"))
    }
}

/// Reads the manifest at `path`.
pub fn read(repository: &Repository, path: &Utf8Path) -> Read {
    let Some(text) = repository.read(path) else { return Read::Other };
    match path.file_name().unwrap_or_default() {
        "package.json" => node::read(repository, path, &text),
        "pyproject.toml" | "requirements.txt" | "setup.py" => python::read(repository, path, &text),
        "go.mod" => go::read(repository, path, &text),
        "Cargo.toml" => cargo::read(repository, path, &text),
        "pom.xml" | "build.gradle" | "build.gradle.kts" => jvm::read(repository, path, &text),
        "composer.json" => php::read(repository, path, &text),
        "Gemfile" => ruby::read(repository, path, &text),
        "deno.json" | "deno.jsonc" => deno::read(repository, path, &text),
        _ => dotnet::read(repository, path, &text),
    }
}

/// Whether a name speaks of MCP: `fastmcp`, `mcp-go`, `@modelcontextprotocol/sdk`.
fn speaks(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    name.contains("modelcontextprotocol")
        || words.any(|word| word.starts_with("mcp") || word.ends_with("mcp"))
}

/// The dependency that makes a package a server, and how sure that is: one of `sdks`, or else one whose name
/// speaks of MCP.
fn dependency(names: &[String], sdks: &[&str]) -> Option<(String, Sureness)> {
    // What looks at servers, or calls them, makes none.
    const CLIENTS: [&str; 4] = ["inspector", "client", "mcp-remote", "adapters"];
    let sdk = names.iter().find(|name| sdks.contains(&name.as_str()));
    let related = || {
        names
            .iter()
            .find(|name| speaks(name) && !CLIENTS.iter().any(|client| name.contains(client)))
    };
    let found = sdk.map(|name| (name, Sureness::Sdk));
    let (name, sureness) = found.or_else(|| related().map(|name| (name, Sureness::Related)))?;
    Some((name.clone(), sureness))
}

/// Why a package may be a server: by what it depends on, or by its own name.
fn reason(names: &[String], sdks: &[&str], own: &[&str]) -> Option<(String, Sureness)> {
    let depends =
        dependency(names, sdks).map(|(name, sureness)| (format!("depends on {name}"), sureness));
    let called = || {
        let name = own.iter().find(|name| speaks(name))?;
        Some((format!("is called {name}"), Sureness::Name))
    };
    depends.or_else(called)
}

/// Folders under which a package may be known: its own name, and for one at the root that of the repository.
fn names(repository: &Repository, path: &Utf8Path, own: &[&str]) -> Vec<String> {
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    let place = if folder == "" { repository.root.file_name() } else { folder.file_name() };
    let mut names: Vec<String> = own.iter().map(|name| (*name).to_owned()).collect();
    names.extend(place.map(str::to_owned));
    names.retain(|name| !name.is_empty());
    names
}
