//! `check-NAME`: one of the profile's own commands.

use smoke_core::cause::{Cause, Code};

use crate::context::Context;
use crate::step::{Done, Step};

/// Runs the command in the clone; it must exit with status 0.
pub fn run(context: &Context, step: &Step, index: usize) -> Result<Done, Cause> {
    let command = context.expand_all(&context.profile.checks[index].command)?;
    step.check(&command, &context.paths.clone, &context.environment, Code::CheckFailed)?;
    Ok(Done::ONCE)
}
