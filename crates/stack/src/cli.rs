//! The command line of `stack`.

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand};

/// The embedded MCP stack.
#[derive(Parser)]
#[command(name = "stack", version)]
pub struct Cli {
    /// What to run.
    #[command(subcommand)]
    pub command: Command,
}

/// The two things that this binary is.
#[derive(Subcommand)]
pub enum Command {
    /// Serve the tools of all configured servers together at http://127.0.0.1:PORT/mcp
    Gateway(GatewayArguments),
    /// Be one MCP server over stdin and stdout, until stdin ends
    #[command(subcommand)]
    Serve(Server),
}

/// What the gateway is told.
#[derive(Args)]
pub struct GatewayArguments {
    /// The config in the form of Stelae's proxy.json; watched, a change takes effect by itself
    #[arg(long, value_name = "FILE")]
    pub config: Utf8PathBuf,
    /// Append one JSON line to this file for each finished tool call; without it, to the file that
    /// STELAE_CALL_LOG names, if it does
    #[arg(long, value_name = "FILE")]
    pub call_log: Option<Utf8PathBuf>,
}

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
