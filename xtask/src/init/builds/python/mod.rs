//! A pyproject.toml, a requirements.txt or a setup.py: installed by uv, poetry or pip, and run by the
//! interpreter that it was installed for.

mod entry;
mod install;
mod project;

use camino::Utf8Path;
use smoke_core::toml;

use super::{Read, inputs, names, reason};
use crate::init::package::{Package, Runner};
use crate::init::repository::Repository;
use crate::init::script::{setup, shell};

use install::Install;
use project::Project;

/// The packages that make a server.
const SDKS: [&str; 5] = ["mcp", "fastmcp", "fastapi-mcp", "chuk-mcp-server", "mcp-server"];

/// Reads the package at `path`.
pub fn read(repository: &Repository, path: &Utf8Path, text: &str) -> Read {
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    let has = |name: &str| repository.has(&folder.join(name));
    match path.file_name() {
        Some("pyproject.toml") => {
            let Ok(parsed) = toml::parse(text) else { return Read::Other };
            of(repository, path, &Project::read(&parsed, text))
        }
        // A package of the same folder says more.
        Some("setup.py") if has("pyproject.toml") && names_dependencies(repository, folder) => {
            Read::Other
        }
        Some("requirements.txt") if has("setup.py") || names_dependencies(repository, folder) => {
            Read::Other
        }
        Some("setup.py") => of(repository, path, &Project::of_setup(text)),
        _ => of(repository, path, &Project::of_requirements(text)),
    }
}

/// Whether the pyproject.toml of a folder is more than settings of tools.
fn names_dependencies(repository: &Repository, folder: &Utf8Path) -> bool {
    let text = repository.read(&folder.join("pyproject.toml")).unwrap_or_default();
    text.contains("[project]") || text.contains("[tool.poetry]")
}

fn of(repository: &Repository, path: &Utf8Path, project: &Project) -> Read {
    let Some((because, sureness)) = reason(&project.dependencies, &SDKS, &[&project.name]) else {
        return Read::Other;
    };
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    let install = install::of(repository, path, project);
    let python = format!("{{{{SMOKE_SETUP_PYTHON}}}}/{}/bin", install.venv);
    let programs = entry::programs(repository, folder, project, &install, &python);
    if programs.is_empty() {
        let reason =
            format!("{path} {because}, and no program or file that starts a server was found");
        return Read::Refused(reason);
    }
    Read::package(Package {
        manifest: path.to_owned(),
        because,
        sureness,
        names: names(repository, path, &[&project.name]),
        programs,
        is_declared: install.has_programs && !project.scripts.is_empty(),
        runner: Runner {
            file: vec![format!("{python}/python")],
            place: String::new(),
            programs: Some(python),
            ..Runner::default()
        },
        install: tables(repository, path, project, &install),
        notes: notes(repository, project, &install),
        ..Package::default()
    })
}

fn tables(
    repository: &Repository,
    path: &Utf8Path,
    project: &Project,
    install: &Install,
) -> String {
    let inputs = match &install.only {
        Some(only) => only.clone(),
        None => inputs::of(repository, &(project.text.clone() + path.as_str())),
    };
    setup("python", &shell(&install.script), &inputs, "")
}

fn notes(repository: &Repository, project: &Project, install: &Install) -> Vec<String> {
    let pinned = "without pinned versions every install may bring other ones".to_owned();
    let pinned = Some(pinned).filter(|_| !install.is_locked);
    let old = project.too_old(repository.python_version());
    pinned.into_iter().chain(old).collect()
}
