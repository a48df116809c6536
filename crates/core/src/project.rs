//! The repository that runs this program.

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};

use crate::environment::Environment;
use crate::{git, name};

/// Its root: the workspace that `cargo run` built this program in, else the repository that the
/// current folder is in, else the current folder.
///
/// # Errors
/// There is no current folder.
pub fn root(environment: &Environment) -> Result<Utf8PathBuf> {
    // An installed program may be started by a cargo of somebody else.
    let package = std::env::var("CARGO_MANIFEST_DIR").ok().filter(|_| name::installed().is_none());
    if let Some(package) = package {
        let package = Utf8PathBuf::from(package);
        if let Some(root) = package.parent().filter(|root| root.join("Cargo.lock").exists()) {
            return Ok(root.to_owned());
        }
    }
    let current = std::env::current_dir().context("find the current folder")?;
    let current = Utf8PathBuf::from_path_buf(current)
        .map_err(|path| anyhow::anyhow!("the current folder {} is not UTF-8", path.display()))?;
    Ok(git::top_level(&current, environment).unwrap_or(current))
}

/// Cargo's target folder of the repository at `root`, where builds are kept between runs.
pub fn target(root: &Utf8Path) -> Utf8PathBuf {
    let set = std::env::var("CARGO_TARGET_DIR").ok().filter(|set| !set.is_empty());
    set.map_or_else(|| root.join("target"), |set| root.join(set))
}

/// The environment that this process was started with, without what belongs to the repository it
/// was started in and to the cargo that started it.
pub fn inherited() -> Result<Environment> {
    let mut environment = Environment::inherited();
    git::forget_repository(&mut environment)?;
    let of_cargo = |key: &&str| {
        key.starts_with("CARGO_PKG_")
            || key.starts_with("CARGO_BIN_")
            || key.starts_with("CARGO_MANIFEST_")
    };
    let keys: Vec<String> =
        environment.iter().map(|(key, _)| key).filter(of_cargo).map(str::to_owned).collect();
    keys.iter().for_each(|key| environment.remove(key));
    Ok(environment)
}
