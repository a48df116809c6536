//! A pyproject.toml or a requirements.txt that depends on an MCP SDK.

use camino::Utf8Path;
use smoke_core::toml;
use toml_edit::{Document, Item};

use super::repository::Repository;
use super::text::{Draft, quoted, setup, shell};
use super::transport;

/// The packages that make a server.
const SDKS: [&str; 2] = ["mcp", "fastmcp"];

/// What tells tools that take a version from git's history, which a copy does not have, to take
/// this one.
const VERSIONS: [(&str, &str); 5] = [
    ("setuptools_scm", "SETUPTOOLS_SCM_PRETEND_VERSION=0"),
    ("setuptools-scm", "SETUPTOOLS_SCM_PRETEND_VERSION=0"),
    ("hatch-vcs", "SETUPTOOLS_SCM_PRETEND_VERSION=0"),
    ("uv-dynamic-versioning", "UV_DYNAMIC_VERSIONING_BYPASS=0"),
    ("poetry-dynamic-versioning", "POETRY_DYNAMIC_VERSIONING_BYPASS=0"),
];

/// The draft for the package at `path`, if it is a server.
pub fn draft(repository: &Repository, path: &Utf8Path) -> Option<Draft> {
    let text = repository.read(path)?;
    if path.file_name() == Some("requirements.txt") {
        return of_requirements(repository, path, &text);
    }
    let project = toml::parse(&text).ok()?;
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    let sdk = dependencies(&project).find_map(|words| sdk(&words))?;
    let install = install(repository, folder, name(&project));
    let programs = format!("{{{{SMOKE_SETUP_PYTHON}}}}/{}/bin", install.venv);
    let command = script(&project)
        .map(|name| vec![format!("{programs}/{name}")])
        .or_else(|| file(repository, folder, &programs, "{{SMOKE_SETUP_PYTHON}}/"))?;
    let version = VERSIONS.iter().find(|(tool, _)| text.contains(tool));
    let version = version.map(|(_, set)| format!("export {set} && ")).unwrap_or_default();
    let script = shell(&format!("{version}{}", install.script));
    let pinned = "without pinned versions every install may bring other ones".to_owned();
    let pinned = Some(pinned).filter(|_| !install.is_locked);
    let old = too_old(&project, repository.python_version());
    Some(Draft {
        found: format!("{path}, which depends on {sdk}"),
        setup: setup("python", &script, &repository.entries(Utf8Path::new("")), ""),
        in_clone: false,
        tables: transport::tables(repository, folder, &command),
        notes: pinned.into_iter().chain(old).collect(),
    })
}

/// How a project is installed.
struct Install {
    script: String,
    /// The environment that it comes to be in.
    venv: String,
    is_locked: bool,
}

/// As the lock file of the project says, or that of the workspace that it belongs to. What reads it
/// need not be on the machine.
fn install(repository: &Repository, folder: &Utf8Path, name: &str) -> Install {
    let python = "{{PYTHON}}";
    let tool = |tool: &str| format!("{python} -m venv .tools && .tools/bin/pip install -q {tool}");
    let locked = |script: String, base: &Utf8Path| Install {
        script,
        venv: base.join(".venv").into_string(),
        is_locked: true,
    };
    let at = |base: &Utf8Path| if base == "" { ".".to_owned() } else { quoted(base.as_str()) };
    if let Some(base) = folder.ancestors().find(|base| repository.has(&base.join("uv.lock"))) {
        let member = if base == folder { String::new() } else { format!(" --package {name}") };
        let sync = format!(".tools/bin/uv sync -q --frozen --no-dev --python {python}{member}");
        return locked(format!("{} && {sync} --project {}", tool("uv"), at(base)), base);
    }
    if repository.has(&folder.join("poetry.lock")) {
        let sync = "POETRY_VIRTUALENVS_IN_PROJECT=true .tools/bin/poetry install -q --only main";
        let script = format!("{} && {sync} --project {}", tool("poetry"), at(folder));
        return locked(script, folder);
    }
    let package = if folder == "" { ".".to_owned() } else { quoted(&format!("./{folder}")) };
    let script = format!("{python} -m venv venv && venv/bin/pip install -q {package}");
    Install { script, venv: "venv".to_owned(), is_locked: false }
}

fn of_requirements(repository: &Repository, path: &Utf8Path, text: &str) -> Option<Draft> {
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    // A package of the same folder says more.
    if repository.has(&folder.join("pyproject.toml")) {
        return None;
    }
    let sdk = text.lines().find_map(sdk)?;
    let command = file(repository, folder, "{{SMOKE_SETUP_PYTHON}}/venv/bin", "")?;
    let install = format!(
        "{{{{PYTHON}}}} -m venv venv && venv/bin/pip install -q -r {}",
        quoted(path.as_str())
    );
    Some(Draft {
        found: format!("{path}, which has {sdk}"),
        setup: setup("python", &shell(&install), &[path.to_string()], ""),
        in_clone: false,
        tables: transport::tables(repository, folder, &command),
        notes: Vec::new(),
    })
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

/// What to know where the interpreter that a run would take is older than the project allows.
fn too_old<S: AsRef<str>>(project: &Document<S>, has: Option<(u32, u32)>) -> Option<String> {
    let root = project.as_item();
    let places: [&[&str]; 2] =
        [&["project", "requires-python"], &["tool", "poetry", "dependencies", "python"]];
    let wanted = places.iter().find_map(|place| at(root, place)?.as_str())?;
    let least = wanted.split(',').find_map(|bound| {
        let version = bound.trim().trim_start_matches(['>', '=', '^', '~']);
        (version != bound.trim()).then(|| minor(version)).flatten()
    })?;
    let (major, second) = has.filter(|has| *has < least)?;
    Some(format!(
        "it wants Python {wanted}, and the one here is {major}.{second}: run it with --python-bin FILE"
    ))
}

/// Major and minor number at the start of a version.
pub fn minor(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.trim().split('.').map(|number| number.parse::<u32>().ok());
    Some((numbers.next()??, numbers.next()??))
}

/// The project's program: the one that is called as the project, else the first.
fn script<S: AsRef<str>>(project: &Document<S>) -> Option<String> {
    let root = project.as_item();
    let places: [&[&str]; 2] = [&["project", "scripts"], &["tool", "poetry", "scripts"]];
    let scripts = places.iter().find_map(|place| at(root, place)?.as_table_like())?;
    let same = scripts.iter().map(|(key, _)| key).find(|key| *key == name(project));
    Some(same.or_else(|| scripts.iter().map(|(key, _)| key).next())?.to_owned())
}

fn name<S: AsRef<str>>(project: &Document<S>) -> &str {
    let places: [&[&str]; 2] = [&["project", "name"], &["tool", "poetry", "name"]];
    let found = places.iter().find_map(|place| at(project.as_item(), place)?.as_str());
    found.unwrap_or_default()
}

fn at<'a>(item: &'a Item, place: &[&str]) -> Option<&'a Item> {
    place.iter().try_fold(item, |item, key| item.get(key))
}

/// A file that makes a server of itself, in the folder of the package. It runs in `place`.
fn file(
    repository: &Repository,
    folder: &Utf8Path,
    programs: &str,
    place: &str,
) -> Option<Vec<String>> {
    let usual = ["server.py", "main.py", "app.py", "mcp_server.py", "src/server.py", "src/main.py"];
    let serves = |path: &&&str| {
        let text = repository.read(&folder.join(path)).unwrap_or_default();
        text.contains("MCP") || text.contains("mcp")
    };
    let found = folder.join(usual.iter().find(serves)?);
    Some(vec![format!("{programs}/python"), format!("{place}{found}")])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interpreter_that_is_too_old_is_told_before_anything_is_installed() {
        let told = |project: &str, has| too_old(&toml::parse(project).unwrap(), has);
        let wants = "[project]\nrequires-python = \"<4,>=3.12\"\n";
        let note = told(wants, Some((3, 11))).unwrap();
        assert!(note.starts_with("it wants Python <4,>=3.12, and the one here is 3.11"), "{note}");
        assert_eq!(told(wants, Some((3, 12))), None);
        assert_eq!(told(wants, None), None);
        assert_eq!(told("[project]\nrequires-python = \"<4\"\n", Some((3, 11))), None);
        let poetry = "[tool.poetry.dependencies]\npython = \"^3.13\"\n";
        assert!(told(poetry, Some((3, 12))).is_some());
    }
}
