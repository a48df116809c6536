//! The command line of `stack`.

use clap::{Parser, Subcommand};

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
    Gateway(stack_gateway::Arguments),
    /// Be one MCP server over stdin and stdout, until stdin ends
    #[command(subcommand)]
    Serve(stack_servers::Server),
}
