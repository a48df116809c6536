//! Who makes the calls of a stage.

mod scripted;

use std::io::Write;

use crate::cause::Cause;
use crate::cli::AgentKind;
use crate::profile::StageSpec;
use crate::run::context::Context;
use crate::run::step::Step;

/// Something that can go through a stage.
pub trait Agent {
    /// Makes the calls of `stage` and writes the transcript line by line, whatever the end.
    ///
    /// # Errors
    /// The agent could not do its work. Calls that fail are no error: the transcript shows them.
    fn play(&self, stage: &StageSpec, transcript: &mut dyn Write, step: &Step)
    -> Result<(), Cause>;
}

/// The agent of this run.
pub fn of(context: &Context) -> Box<dyn Agent + '_> {
    match context.roles.agent {
        AgentKind::Scripted => Box::new(scripted::Scripted::new(context)),
    }
}
