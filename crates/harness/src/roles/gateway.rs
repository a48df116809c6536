//! The gateway of a run: how it is reached, and what it lists.

use std::time::Duration;

use smoke_core::cause::Cause;
use smoke_core::stop::Stop;
use smoke_mcp::endpoint::Endpoint;
use smoke_mcp::{Program, Refusal};
use smoke_record::profile::Transport;

use super::connection::Listed;
use super::launch::Launch;
use crate::context::Context;

/// How it is reached.
///
/// # Errors
/// The profile names a variable that has no value, or no command.
pub fn endpoint(context: &Context) -> Result<Endpoint, Cause> {
    if context.profile.gateway.transport == Transport::Http {
        let url = context.expand(&context.profile.gateway.url)?;
        return Ok(Endpoint::Http { url, headers: context.gateway.headers.clone() });
    }
    let Launch { argv, cwd, log } = Launch::of(context)?;
    Ok(Endpoint::Stdio(Program {
        argv,
        cwd,
        environment: context.gateway.environment.clone(),
        log,
        stop: context.stop.clone(),
    }))
}

/// Asks it for its tools over the run's own connection, within the time that is `left`.
///
/// # Errors
/// What the failed attempt means.
pub fn list_tools(
    context: &Context,
    endpoint: &Endpoint,
    left: Duration,
    stop: &Stop,
) -> Result<Listed, Refusal> {
    context.connection().list(endpoint, left, stop)
}

/// What it listed last over that connection; none before its first answer.
pub fn last_listed(context: &Context) -> Option<Listed> {
    context.connection().last().cloned()
}
