//! `cargo xtask bench` and `cargo xtask soak`: for developers, in a program of its own, so that nobody
//! who only smokes compiles it.

mod bench;
mod soak;

use clap::{Parser, Subcommand};
use smoke_record::screen;

/// Measures the program `xtask`, and hits its runs.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
pub struct Cli {
    /// Which.
    #[command(subcommand)]
    command: Command,
}

/// What it does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// For developers: measure, as ratios
    #[command(after_help = "\
Examples:
  cargo xtask bench                            everything that can be measured
  cargo xtask bench bundle --rounds 3          one of it, quickly
  cargo xtask bench deadline --against HEAD~1  before and after a commit, in turn
  cargo xtask bench --folder /dev/shm          on another disk
  cargo xtask bench bundle --check             exit with 1 when a goal is missed")]
    Bench(bench::Args),
    /// For developers: hit many runs with signals, and look at what is left
    #[command(after_help = "\
Examples:
  cargo xtask soak --runs 200               the profile of this repository
  cargo xtask soak --runs 20 --seed 7       the same signals at the same moments once more")]
    Soak(soak::Args),
    /// A gateway that can answer from a moment on; started by a bench
    #[command(hide = true)]
    LateGateway(bench::late_gateway::Args),
}

/// Does what it is told. Returns the exit code.
pub fn run(cli: Cli) -> u8 {
    let result = match cli.command {
        Command::Bench(args) => bench::bench(&args),
        Command::Soak(args) => soak::soak(&args),
        Command::LateGateway(args) => bench::late_gateway::serve(&args),
    };
    result.unwrap_or_else(|error| {
        screen::say(&format!("error: {error:#}"));
        2
    })
}
