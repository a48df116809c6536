//! The embedded MCP stack: a gateway that serves many MCP servers at one address, and a few small
//! servers for it.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let outcome = match cli::Cli::parse().command {
        cli::Command::Gateway(arguments) => stack_gateway::run(&arguments),
        cli::Command::Serve(server) => stack_servers::run(server),
    };
    outcome.unwrap_or_else(|error| {
        stack_gateway::log::line(format_args!("{error:#}"));
        ExitCode::from(if error.is::<stack_gateway::Invalid>() { 2 } else { 1 })
    })
}
