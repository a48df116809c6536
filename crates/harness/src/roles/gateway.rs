//! The gateway of a run: how it is reached, and what it lists.

use std::time::Duration;

use smoke_core::bound::Bound;
use smoke_core::cause::Cause;
use smoke_core::stop::Stop;
use smoke_core::wait;
use smoke_mcp::endpoint::{self, Endpoint};
use smoke_mcp::{Program, Refusal};
use smoke_record::profile::Transport;

use super::connection::Listed;
use super::launch::Launch;
use crate::context::Context;
use crate::step::Step;

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

/// The same as one who knows what is `expected`. A server that is started for the question, and lists only a part
/// of it, may list the rest in the same session.
///
/// # Errors
/// As [`list_tools`].
pub fn list_expected(
    context: &Context,
    endpoint: &Endpoint,
    expected: &[String],
    step: &Step,
) -> Result<Listed, Refusal> {
    const TICK: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(20);
    if matches!(endpoint, Endpoint::Http { .. }) {
        return list_tools(context, endpoint, step.left(), step.stop());
    }
    let bound = Bound::new(LONGEST.min(step.left()), step.stop());
    let mut connection = context.connection();
    let listed = loop {
        let listed = connection.await_list(endpoint, step.left(), step.stop());
        let is_short =
            listed.as_ref().is_ok_and(|it| !endpoint::missing(expected, &it.tools).is_empty());
        if !is_short || bound.left().is_zero() || !wait::sleep(TICK, step.stop()) {
            break listed;
        }
    };
    connection.close();
    listed
}

/// What it listed last over that connection; none before its first answer.
pub fn last_listed(context: &Context) -> Option<Listed> {
    context.connection().last().cloned()
}
