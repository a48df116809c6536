//! The two programs, built and stripped.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::bound::Bound;
use smoke_core::environment::Origin;
use smoke_core::short;
use smoke_record::screen;
use xshell::{Shell, cmd};

use crate::project::Project;

/// A build of everything with all optimisation.
const PATIENCE: Duration = Duration::from_secs(3600);

/// How a program is called by cargo, and in a package: a gateway named `stack` would be in the way of others.
pub const PROGRAMS: [(&str, &str); 2] =
    [("clone-smoke", "clone-smoke"), ("stack", "clone-smoke-gateway")];

/// A program.
pub struct Program {
    /// Its name in a package.
    pub name: &'static str,
    /// What it is made of.
    pub bytes: Vec<u8>,
}

/// Builds them with this profile of cargo.
///
/// # Errors
/// One cannot be built or stripped.
pub fn build(project: &Project, profile: &str) -> Result<Vec<Program>> {
    screen::say(&format!("building with the profile {profile}, which can take minutes"));
    let packages = PROGRAMS.iter().flat_map(|(package, _)| ["--package", package]);
    let words = ["build", "--quiet", "--locked", "--profile", profile];
    let words: Vec<&str> = words.into_iter().chain(packages).collect();
    let mut environment = project.environment.clone();
    environment.set("CLONE_SMOKE_VERSION", project.full_version(), Origin::Run);
    project.cargo(&words, &environment, PATIENCE)?;
    let folder = project.target.join(if profile == "dev" { "debug" } else { profile });
    PROGRAMS.iter().map(|(from, name)| strip(project, &folder.join(from), name)).collect()
}

fn strip(project: &Project, built: &Utf8Path, name: &'static str) -> Result<Program> {
    let stripped = Utf8PathBuf::from(format!("{built}.stripped"));
    let shell = Shell::new()?;
    short::read(
        cmd!(shell, "strip -o {stripped} {built}"),
        &project.environment,
        &Bound::within(PATIENCE),
    )?;
    let bytes = fs::read(&stripped).with_context(|| format!("read {stripped}"))?;
    let _ = fs::remove_file(&stripped);
    Ok(Program { name, bytes })
}
