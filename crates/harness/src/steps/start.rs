//! `daemon` and `start`: the supervisor, where it takes a step of its own, and the gateway under it.

use smoke_core::cause::Cause;

use crate::context::Context;
use crate::roles::connection::stranger;
use crate::roles::supervisor;
use crate::step::{Done, Step};

/// Starts what the supervisor needs before it can start anything.
pub fn begin(context: &Context, step: &Step) -> Result<Done, Cause> {
    supervisor::of(context).begin(step)
}

/// Starts the gateway.
pub fn start(context: &Context, step: &Step) -> Result<Done, Cause> {
    let command = context.expand_all(&context.profile.gateway.command)?;
    step.ask_version(&command, &context.paths.clone, &context.environment);
    stranger::note(context);
    supervisor::of(context).start(step)?;
    Ok(Done::ONCE)
}
