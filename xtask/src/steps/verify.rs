//! `verify`: the last look, while the stack is still up.

use super::check_clean;
use crate::cause::Cause;
use crate::run::context::Context;
use crate::run::step::{Done, Step};

/// Holds the clone to what a fresh one is.
pub fn verify(context: &Context, step: &Step) -> Result<Done, Cause> {
    check_clean(context, "all stages")?;
    step.log("the clone is unchanged");
    Ok(Done::ONCE)
}
