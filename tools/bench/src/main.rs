//! The program behind `cargo xtask bench` and `cargo xtask soak`.

use std::process::ExitCode;

use clap::Parser;
use smoke_bench::Cli;

fn main() -> ExitCode {
    smoke_core::signals::accept();
    ExitCode::from(smoke_bench::run(Cli::parse()))
}
