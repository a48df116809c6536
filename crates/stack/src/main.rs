//! The embedded MCP stack: a gateway that serves many MCP servers at one address, and a few small
//! servers for it.

mod cli;
mod env_files;
mod gateway;
mod servers;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let outcome = match cli::Cli::parse().command {
        cli::Command::Gateway(arguments) => gateway::run(&arguments),
        cli::Command::Serve(server) => servers::run(server),
    };
    outcome.unwrap_or_else(|error| {
        gateway::log::line(format_args!("{error:#}"));
        ExitCode::from(if error.is::<gateway::config::Invalid>() { 2 } else { 1 })
    })
}
