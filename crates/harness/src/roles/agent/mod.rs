//! The agent, who makes the calls of a stage.

pub mod codex;
mod scripted;

use std::io::Write;
use std::time::Duration;

use smoke_agents::agent;
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
    /// The tools that the agent offered to its model, as the gateway names them, where that was seen.
    pub offered: Option<Vec<String>>,
    /// How long it took until it knew its tools, in all its sessions, where that was seen.
    pub connected_after: Option<Duration>,
    /// The last lines that it wrote on stderr.
    pub complaints: Vec<String>,
    /// Why it could not do its work. Calls that fail are no such cause: the transcript shows them.
    pub failed: Option<Cause>,
}

type Player = for<'a> fn(&'a Context) -> Box<dyn Agent + 'a>;

/// Who goes through the stages, by name.
const PLAYERS: [(&str, Player); agent::ALL.len()] = [
    (agent::SCRIPTED.name, |context| Box::new(scripted::Scripted::new(context))),
    (agent::CODEX.name, |context| Box::new(codex::Codex::new(context))),
];

/// The agent of this run.
pub fn of(context: &Context) -> Box<dyn Agent + '_> {
    let wanted = context.options.roles.agent.name;
    match PLAYERS.iter().find(|(name, _)| *name == wanted) {
        Some((_, player)) => player(context),
        None => unreachable!("every agent has a row, and {wanted} has none"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_agent_has_a_player() {
        let names = PLAYERS.map(|(name, _)| name);
        assert_eq!(names, agent::ALL.map(|agent| agent.name));
    }
}
