//! The flags about the parts of the stack.

use camino::Utf8PathBuf;
use clap::Args;
use smoke_core::cause::Cause;
use smoke_record::options::{Parts, Scope};

use super::value;

/// What the stack is made of.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Parts of the stack")]
pub struct PartArgs {
    /// Let the gateway listen on this port [default: a free one between 18000 and 24000]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..), hide_short_help = true)]
    pub port: Option<u16>,
    /// Clone the gateway from there, for a profile that has its own
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    pub proxy_source: Option<String>,
    /// Give the stack this Python interpreter [default: .venv of the source, else python3]
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub python_bin: Option<Utf8PathBuf>,
    /// Call this pm2 [default: the profile's, else PM2, else the one on PATH]
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub pm2: Option<Utf8PathBuf>,
    /// Call this program as the agent [default: the agent's own on PATH]
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub agent_cli: Option<Utf8PathBuf>,
    /// Call this Codex CLI [default: codex on PATH]
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub codex_cli: Option<Utf8PathBuf>,
    /// Take the login of Codex from this folder [default: CODEX_HOME, else ~/.codex]
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    pub codex_home: Option<Utf8PathBuf>,
    /// Copy this release of codex-mcp-wrapper into the config home
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    pub wrapper_release: Option<Utf8PathBuf>,
    /// Build with these GOFLAGS [default: what Go uses by itself]
    #[arg(long, allow_hyphen_values = true, value_name = "FLAGS", hide_short_help = true)]
    pub go_flags: Option<String>,
    /// Build with this GOMAXPROCS [default: what Go uses by itself]
    #[arg(long, value_name = "COUNT", hide_short_help = true)]
    pub gomaxprocs: Option<String>,
    /// Run these of the profile's checks
    #[arg(
        long,
        value_name = "SCOPE",
        value_parser = value::choice::<Scope>(),
        default_value = "structural",
        hide_short_help = true
    )]
    pub pytest_scope: Scope,
    /// Nothing to do here: a run has a pm2 daemon of its own, and never touches another one
    #[arg(long, conflicts_with = "pm2_kill", hide = true)]
    pub no_pm2_kill: bool,
    /// Nothing to do here: the run's own pm2 daemon is always ended
    #[arg(long, hide = true)]
    pub pm2_kill: bool,
    /// Nothing to do here: what listens on a port is never killed
    #[arg(long, hide = true)]
    pub no_port_kill: bool,
}

impl PartArgs {
    /// What the stack is made of.
    ///
    /// # Errors
    /// The interpreter has no usable path.
    pub fn parts(&self) -> Result<Parts, Cause> {
        Ok(Parts {
            port: self.port,
            gateway_source: self.proxy_source.clone(),
            // It means the same in every folder.
            python: self.python_bin.as_deref().map(value::absolute).transpose()?,
            pm2: self.pm2.clone(),
            agent_cli: self.agent_cli.clone(),
            codex_cli: self.codex_cli.clone(),
            codex_home: self.codex_home.clone(),
            wrapper_release: self.wrapper_release.clone(),
            go_flags: self.go_flags.clone(),
            gomaxprocs: self.gomaxprocs.clone(),
            agent: None,
        })
    }
}
