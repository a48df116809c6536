//! `env`: the config home, its .env, and the files that a stack expects to find there.

use std::os::unix::fs::symlink;
use std::{fs, io};

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use smoke_core::cause::{Cause, Code};
use smoke_core::dotenv;
use smoke_core::environment::Origin;
use smoke_core::files::{self, PRIVATE};

use crate::context::Context;
use crate::step::{Done, Step};

/// Writes the config home.
pub fn write(context: &Context, step: &Step) -> Result<Done, Cause> {
    let wrapper = context.options.parts.wrapper_release.as_deref();
    let written = write_env(context)
        .and_then(|()| seed(context))
        .and_then(|()| link_env(context))
        .and_then(|()| wrapper.map_or(Ok(()), |release| copy_wrapper(context, release)));
    written.map_err(|error| Cause::of(Code::Internal, &error, "look at the workspace"))?;
    step.log(&format!("wrote {}", context.paths.env_file));
    Ok(Done::ONCE)
}

/// All that the run and the profile set, and nothing that was inherited.
fn write_env(context: &Context) -> Result<()> {
    let path = &context.paths.env_file;
    let set = context.environment.iter().filter(|(_, v)| v.origin != Origin::Inherited);
    let lines = set.map(|(key, v)| format!("{key}={}\n", dotenv::quote(&v.value)));
    let text = format!("# Written by run {}.\n{}", context.run.id, lines.collect::<String>());
    files::replace(path, text.as_bytes(), PRIVATE).with_context(|| format!("write {path}"))
}

/// The files that a stack creates empty when they are missing.
fn seed(context: &Context) -> Result<()> {
    for name in ["catalog/core.json", "bundles/.placeholder.json"] {
        let path = context.paths.config_home.join(name);
        if !path.exists() {
            files::replace(&path, b"{}\n", PRIVATE).with_context(|| format!("write {path}"))?;
        }
    }
    Ok(())
}

/// The clone's own .env leads to the config home's, if the clone ignores such a file: otherwise it
/// would make the clone dirty.
fn link_env(context: &Context) -> Result<()> {
    let link = context.paths.clone.join(".env");
    let ignored = fs::read_to_string(context.paths.clone.join(".gitignore")).unwrap_or_default();
    let ignored =
        ignored.lines().any(|line| matches!(line.trim(), ".env" | "/.env" | "*.env" | ".env*"));
    if !ignored {
        return Ok(());
    }
    match symlink(&context.paths.env_file, &link) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other.with_context(|| format!("link {link}")),
    }
}

/// Copies a release of the wrapper to where the stack looks for it.
fn copy_wrapper(context: &Context, release: &Utf8Path) -> Result<()> {
    for needed in ["venv/bin/codex-mcp-wrapper", "wrapper.toml"] {
        anyhow::ensure!(
            release.join(needed).exists(),
            "--wrapper-release {release} has no {needed}"
        );
    }
    let name = release.file_name().context("--wrapper-release names no folder")?;
    let releases = context.paths.config_home.join("codex-mcp-wrapper/releases");
    fs::create_dir_all(&releases).with_context(|| format!("make {releases}"))?;
    smoke_core::copy::copy(release, &releases.join(name))?;
    let latest = releases.join("latest");
    let _ = fs::remove_file(&latest);
    symlink(name, &latest).with_context(|| format!("link {latest}"))
}
