//! Commands for developers of this repository: its tests, and the program that measures it.

use std::env::current_exe;
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, bail};
use smoke_core::name::installed;
use smoke_core::project;

use crate::cli::TestArgs;

/// How many tests are run at once, unless the caller says it.
const THREADS: &str = "RUST_TEST_THREADS";

/// Most of an end-to-end test is a wait for somebody else, so that three of them share a core.
const TESTS_FOR_A_CORE: usize = 3;

/// Builds the programs that the end-to-end tests run, then runs all tests. Returns the exit code.
///
/// # Errors
/// Cargo cannot be started.
pub fn test(args: &TestArgs) -> Result<u8> {
    let build = ["build", "--locked", "--package", "xtask", "--package", "stack"];
    let code = cargo(&build.map(str::to_owned))?;
    if code != 0 {
        return Ok(code);
    }
    let test = ["test", "--locked", "--workspace"].map(str::to_owned);
    cargo(&[&test[..], &args.arguments].concat())
}

/// Builds the program that measures this one, and runs its `subcommand`. Returns the exit code.
///
/// # Errors
/// Cargo cannot be started.
pub fn measure(subcommand: &str, arguments: &[String]) -> Result<u8> {
    let own = current_exe().context("find this program")?.display().to_string();
    let whose = if subcommand == "soak" { vec!["--program".to_owned(), own] } else { Vec::new() };
    run("smoke-bench", subcommand, &[&whose, arguments].concat())
}

/// Builds the program that packs this one, and runs it. Returns the exit code.
///
/// # Errors
/// Cargo cannot be started.
pub fn dist(arguments: &[String]) -> Result<u8> {
    run("smoke-dist", "dist", arguments)
}

fn run(package: &str, subcommand: &str, arguments: &[String]) -> Result<u8> {
    let run = ["run", "--quiet", "--locked", "--package", package, "--", subcommand];
    cargo(&[&run.map(str::to_owned)[..], arguments].concat())
}

/// Runs cargo in the foreground, where a person sees it and can interrupt it.
fn cargo(arguments: &[String]) -> Result<u8> {
    if installed().is_some() {
        bail!("this is for developers, in a clone of Clone Smoke");
    }
    let environment = project::inherited()?;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let root = project::root(&environment)?;
    let cargo = environment.get("CARGO").unwrap_or("cargo").to_owned();
    let status = Command::new(&cargo)
        .args(arguments)
        .current_dir(root)
        .env_clear()
        .env(THREADS, (cores * TESTS_FOR_A_CORE).to_string())
        .envs(environment.iter().map(|(key, variable)| (key, &variable.value)))
        .status()
        .with_context(|| format!("start {cargo}"))?;
    Ok(status.code().map_or(1, |code| u8::try_from(code).unwrap_or(1)))
}
