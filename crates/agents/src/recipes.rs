//! The recipes of all agents.

use crate::agent::Agent;
use crate::recipe::Recipe;
use crate::{claude_code, cline, codex, copilot, gemini, mistral_vibe, opencode, pi, qwen_code};

/// All that there are; the scripted agent has none.
pub const ALL: [&Recipe; 9] = [
    &codex::RECIPE,
    &claude_code::RECIPE,
    &gemini::RECIPE,
    &qwen_code::RECIPE,
    &opencode::RECIPE,
    &copilot::RECIPE,
    &cline::RECIPE,
    &pi::RECIPE,
    &mistral_vibe::RECIPE,
];

/// The one of `agent`.
pub fn of(agent: &Agent) -> Option<&'static Recipe> {
    ALL.into_iter().find(|recipe| recipe.agent == agent)
}
