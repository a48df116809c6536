//! The servers in this binary. Each has one tool and speaks over stdin and stdout.

mod clock;
mod confine;
mod dice;
mod discovery;
mod echo;
mod files;
mod find;
mod fs;
mod grep;
mod integrator;
mod manage;
mod search;
mod tool;
mod wildcard;

use std::process::ExitCode;

use crate::cli::Server;
use confine::Root;

/// Runs one server until its stdin ends.
///
/// # Errors
/// A root that is no folder, or an environment that does not say where things are.
pub fn run(server: Server) -> anyhow::Result<ExitCode> {
    match server {
        Server::Fs(arguments) => tool::serve(fs::Fs::new(Root::open(&arguments.root)?)),
        Server::Rg(arguments) => tool::serve(grep::Grep::new(Root::open(&arguments.root)?)),
        Server::Integrator => tool::serve(manage::Manage::from_environment()?),
        Server::Clock => tool::serve(clock::Clock),
        Server::Echo => tool::serve(echo::Echo),
        Server::Dice => tool::serve(dice::Dice),
    }
}
