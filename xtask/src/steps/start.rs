//! `start`: the gateway, under its supervisor.

use crate::cause::Cause;
use crate::roles::supervisor;
use crate::run::context::Context;
use crate::run::step::{Done, Step};

/// Starts the gateway.
pub fn start(context: &Context, step: &Step) -> Result<Done, Cause> {
    let launch = supervisor::Launch::of(context)?;
    step.log(&format!("$ {}", launch.argv.join(" ")));
    supervisor::of(context).start(&launch)?;
    Ok(Done::ONCE)
}
