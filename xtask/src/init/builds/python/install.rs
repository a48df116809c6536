//! How a Python project is installed: as its lock file says, or that of the workspace that it belongs to.
//! What reads it need not be on the machine.

use camino::Utf8Path;

use super::project::Project;
use crate::init::repository::Repository;
use crate::init::script::quoted;

/// How a project is installed.
pub struct Install {
    /// What a shell does.
    pub script: String,
    /// The environment that it comes to be in.
    pub venv: String,
    /// Whether the versions are pinned.
    pub is_locked: bool,
    /// Whether its own programs are installed.
    pub has_programs: bool,
    /// The inputs, where they are known.
    pub only: Option<Vec<String>>,
}

/// What tells tools that take a version from git's history, which a copy does not have, to take
/// this one.
const VERSIONS: [(&str, &str); 5] = [
    ("setuptools_scm", "SETUPTOOLS_SCM_PRETEND_VERSION=0"),
    ("setuptools-scm", "SETUPTOOLS_SCM_PRETEND_VERSION=0"),
    ("hatch-vcs", "SETUPTOOLS_SCM_PRETEND_VERSION=0"),
    ("uv-dynamic-versioning", "UV_DYNAMIC_VERSIONING_BYPASS=0"),
    ("poetry-dynamic-versioning", "POETRY_DYNAMIC_VERSIONING_BYPASS=0"),
];

/// The interpreter of the run.
const PYTHON: &str = "{{PYTHON}}";

/// How the project at `path` is installed.
pub fn of(repository: &Repository, path: &Utf8Path, project: &Project) -> Install {
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    if path.file_name() == Some("requirements.txt") {
        return of_requirements(path, project);
    }
    let mut install = of_project(repository, folder, project);
    if let Some((_, set)) = VERSIONS.iter().find(|(tool, _)| project.text.contains(tool)) {
        install.script = format!("export {set} && {}", install.script);
    }
    install
}

fn of_requirements(path: &Utf8Path, project: &Project) -> Install {
    let script =
        format!("{PYTHON} -m venv venv && venv/bin/pip install -r {}", quoted(path.as_str()));
    let pinned =
        |line: &str| line.contains("==") || line.trim().is_empty() || line.trim().starts_with('#');
    Install {
        script,
        venv: "venv".to_owned(),
        is_locked: project.text.lines().all(pinned),
        has_programs: false,
        only: Some(vec![path.to_string()]),
    }
}

fn of_project(repository: &Repository, folder: &Utf8Path, project: &Project) -> Install {
    let tool = |tool: &str| format!("{PYTHON} -m venv .tools && .tools/bin/pip install {tool}");
    let synced = |script: String, base: &Utf8Path, is_locked: bool| Install {
        script,
        venv: base.join(".venv").into_string(),
        is_locked,
        has_programs: project.is_package,
        only: None,
    };
    let at = |base: &Utf8Path| if base == "" { ".".to_owned() } else { quoted(base.as_str()) };
    let extra = project.extra.as_ref().map(|extra| format!(" --extra {extra}")).unwrap_or_default();
    let sync = |base: &Utf8Path, flags: &str| {
        let member =
            if base == folder { String::new() } else { format!(" --package {}", project.name) };
        let at = at(base);
        format!(
            "{} && .tools/bin/uv sync{flags} --no-dev --python {PYTHON}{extra}{member} --project {at}",
            tool("uv")
        )
    };
    if let Some(base) = folder.ancestors().find(|base| repository.has(&base.join("uv.lock"))) {
        return synced(sync(base, " --frozen"), base, true);
    }
    if repository.has(&folder.join("poetry.lock")) {
        let install = "POETRY_VIRTUALENVS_IN_PROJECT=true .tools/bin/poetry install --only main";
        let script = format!("{} && {install} --project {}", tool("poetry"), at(folder));
        return Install { has_programs: true, ..synced(script, folder, true) };
    }
    if !project.is_package && project.scripts.is_empty() {
        return synced(sync(folder, ""), folder, false);
    }
    let extra = project.extra.as_ref().map(|extra| format!("[{extra}]")).unwrap_or_default();
    let package = if folder == "" { format!(".{extra}") } else { format!("./{folder}{extra}") };
    let package = if extra.is_empty() && folder == "" { package } else { quoted(&package) };
    let script = format!("{PYTHON} -m venv venv && venv/bin/pip install {package}");
    Install { script, venv: "venv".to_owned(), is_locked: false, has_programs: true, only: None }
}
