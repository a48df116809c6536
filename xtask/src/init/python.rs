//! A pyproject.toml or a requirements.txt that depends on an MCP SDK.

use camino::Utf8Path;
use toml_edit::{Document, Item};

use super::repository::Repository;
use super::text::{Draft, quoted, setup, shell, stdio};
use crate::toml;

/// The packages that make a server.
const SDKS: [&str; 2] = ["mcp", "fastmcp"];

/// The draft for the package at `path`, if it is a server.
pub fn draft(repository: &Repository, path: &Utf8Path) -> Option<Draft> {
    let text = repository.read(path)?;
    if path.file_name() == Some("requirements.txt") {
        return of_requirements(repository, path, &text);
    }
    let project = toml::parse(&text).ok()?;
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    let sdk = dependencies(&project).find_map(|words| sdk(&words))?;
    let command = script(&project)
        .map(|name| vec![format!("{{{{SMOKE_SETUP_PYTHON}}}}/venv/bin/{name}")])
        .or_else(|| file(repository, folder, "{{SMOKE_SETUP_PYTHON}}/"))?;
    let package = if folder == "" { ".".to_owned() } else { quoted(&format!("./{folder}")) };
    let install = format!("{{{{PYTHON}}}} -m venv venv && venv/bin/pip install -q {package}");
    let inputs = repository.entries(Utf8Path::new(""));
    let tables = setup("python", &shell(&install), &inputs, "") + &stdio(&command);
    let note = "without pinned versions every install may bring other ones";
    Some(Draft {
        found: format!("{path}, which depends on {sdk}"),
        tables,
        notes: vec![note.into()],
    })
}

fn of_requirements(repository: &Repository, path: &Utf8Path, text: &str) -> Option<Draft> {
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    // A package of the same folder says more.
    if repository.has(&folder.join("pyproject.toml")) {
        return None;
    }
    let sdk = text.lines().find_map(sdk)?;
    let command = file(repository, folder, "")?;
    let install = format!(
        "{{{{PYTHON}}}} -m venv venv && venv/bin/pip install -q -r {}",
        quoted(path.as_str())
    );
    let tables = setup("python", &shell(&install), &[path.to_string()], "") + &stdio(&command);
    Some(Draft { found: format!("{path}, which has {sdk}"), tables, notes: Vec::new() })
}

/// The SDK that a requirement such as `mcp[cli]>=1.2` names.
fn sdk(requirement: &str) -> Option<&'static str> {
    let ends = |c: char| !c.is_alphanumeric() && c != '-' && c != '_';
    let name = requirement.trim().split(ends).next()?.to_ascii_lowercase();
    SDKS.into_iter().find(|sdk| *sdk == name)
}

fn dependencies<S: AsRef<str>>(project: &Document<S>) -> impl Iterator<Item = String> {
    let root = project.as_item();
    let list = at(root, &["project", "dependencies"]).and_then(Item::as_array);
    let listed = list.into_iter().flatten().filter_map(|value| value.as_str().map(str::to_owned));
    let poetry = at(root, &["tool", "poetry", "dependencies"]).and_then(Item::as_table_like);
    let keys = poetry.into_iter().flat_map(|table| table.iter()).map(|(key, _)| key.to_owned());
    listed.chain(keys).collect::<Vec<_>>().into_iter()
}

/// The project's program: the one that is called as the project, else the first.
fn script<S: AsRef<str>>(project: &Document<S>) -> Option<String> {
    let root = project.as_item();
    let places: [&[&str]; 2] = [&["project", "scripts"], &["tool", "poetry", "scripts"]];
    let scripts = places.iter().find_map(|place| at(root, place)?.as_table_like())?;
    let name = at(root, &["project", "name"]).and_then(Item::as_str).unwrap_or_default();
    let same = scripts.iter().map(|(key, _)| key).find(|key| *key == name);
    Some(same.or_else(|| scripts.iter().map(|(key, _)| key).next())?.to_owned())
}

fn at<'a>(item: &'a Item, place: &[&str]) -> Option<&'a Item> {
    place.iter().try_fold(item, |item, key| item.get(key))
}

/// A file that makes a server of itself, in the folder of the package. It runs in `place`.
fn file(repository: &Repository, folder: &Utf8Path, place: &str) -> Option<Vec<String>> {
    let usual = ["server.py", "main.py", "app.py", "mcp_server.py", "src/server.py", "src/main.py"];
    let serves = |path: &&&str| {
        let text = repository.read(&folder.join(path)).unwrap_or_default();
        text.contains("MCP") || text.contains("mcp")
    };
    let found = folder.join(usual.iter().find(serves)?);
    Some(vec!["{{SMOKE_SETUP_PYTHON}}/venv/bin/python".to_owned(), format!("{place}{found}")])
}
