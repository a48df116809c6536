//! The servers in this binary. Each has one tool and speaks over stdin and stdout.

mod clock;
mod confine;
mod dice;
mod discovery;
mod echo;
mod env_files;
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
use std::sync::Arc;

use camino::Utf8PathBuf;
use clap::{Args, Subcommand};

use confine::Root;
use tool::OneTool;

/// The servers in this binary.
#[derive(Subcommand)]
pub enum Server {
    /// `workspace_fs_read`: read files and folders below a root
    Fs(RootArguments),
    /// `grep`: search text below a root
    Rg(RootArguments),
    /// `manage_stelae`: install and remove servers
    Integrator,
    /// `clock_now`: the time
    Clock,
    /// `echo`: what it was given
    Echo,
    /// `dice`: random numbers
    Dice,
}

/// The folder that a server is confined to.
#[derive(Args)]
pub struct RootArguments {
    /// Nothing outside this folder is read
    #[arg(long, value_name = "DIR")]
    pub root: Utf8PathBuf,
}

/// Runs one server until its stdin ends.
///
/// # Errors
/// A root that is no folder, or an environment that does not say where things are.
pub fn run(server: Server) -> anyhow::Result<ExitCode> {
    let tool: Arc<dyn OneTool> = match server {
        Server::Fs(arguments) => Arc::new(fs::Fs::new(Root::open(&arguments.root)?)),
        Server::Rg(arguments) => Arc::new(grep::Grep::new(Root::open(&arguments.root)?)),
        Server::Integrator => Arc::new(manage::Manage::from_environment()?),
        Server::Clock => Arc::new(clock::Clock),
        Server::Echo => Arc::new(echo::Echo),
        Server::Dice => Arc::new(dice::Dice),
    };
    tool::serve(tool)
}
