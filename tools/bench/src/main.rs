//! The program behind `cargo xtask bench` and `cargo xtask soak`.

use std::process::ExitCode;

use clap::Parser;
use smoke_bench::Cli;

fn main() -> ExitCode {
    ExitCode::from(smoke_bench::run(Cli::parse()))
}
