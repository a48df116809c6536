//! The agent, who makes the calls of a stage.

pub mod program;
mod scripted;

use std::io::Write;
use std::time::Duration;

use smoke_agents::model::Offer;
use smoke_agents::recipes;
use smoke_core::cause::Cause;
use smoke_record::profile::StageSpec;

use crate::context::Context;
use crate::step::Step;

/// Something that can go through a stage.
pub trait Agent {
    /// Makes the calls of `stage` and writes the transcript line by line, whatever the end.
    fn play(&self, stage: &StageSpec, transcript: &mut dyn Write, step: &Step) -> Played;
}

/// What is known of an agent's work besides its transcript.
#[derive(Debug, Default)]
pub struct Played {
    /// The tools that the agent offered to its model, where that was seen.
    pub offered: Option<Vec<Offer>>,
    /// How long it took until it knew its tools, in all its sessions, where that was seen.
    pub connected_after: Option<Duration>,
    /// The last lines that it wrote on stderr.
    pub complaints: Vec<String>,
    /// Why it could not do its work. Calls that fail are no such cause: the transcript shows them.
    pub failed: Option<Cause>,
}

/// The agent of this run.
pub fn of(context: &Context) -> Box<dyn Agent + '_> {
    match recipes::of(context.options.roles.agent) {
        Some(recipe) => Box::new(program::Program::new(context, recipe)),
        None => Box::new(scripted::Scripted::new(context)),
    }
}
