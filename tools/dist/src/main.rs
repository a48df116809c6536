//! The program behind `cargo xtask dist`.

use std::process::ExitCode;

use clap::Parser;
use smoke_dist::Cli;

fn main() -> ExitCode {
    ExitCode::from(smoke_dist::run(&Cli::parse()))
}
