//! The search for the program of a run's agent.

use smoke_agents::agent::CODEX;
use smoke_agents::recipe::Recipe;
use smoke_core::cause::{Cause, Code};
use smoke_core::program;

use crate::context::Context;
use crate::missing;

/// The command line that was decided, else of the one that a flag names, else of its program on PATH.
///
/// # Errors
/// There is none, with the code `agent-missing`.
pub fn find(context: &Context, recipe: &Recipe) -> Result<Vec<String>, Cause> {
    let parts = &context.options.parts;
    if let Some(command) = &parts.agent {
        return Ok(command.clone());
    }
    let path = context.environment.get("PATH").unwrap_or_default();
    let of_codex = parts.codex_cli.as_ref().filter(|_| recipe.agent == &CODEX);
    let named = of_codex.map(|file| ("--codex-cli", file));
    let named = named.or(parts.agent_cli.as_ref().map(|file| ("--agent-cli", file)));
    let name = named.map_or(recipe.program, |(_, file)| file.as_str());
    match program::find(name, path) {
        Some(file) => {
            let absolute = std::path::absolute(&file).unwrap_or_else(|_| file.into());
            Ok(vec![absolute.to_string_lossy().into_owned()])
        }
        None => Err(missing(name, named.map(|(flag, _)| flag), recipe)),
    }
}

fn missing(name: &str, flag: Option<&str>, recipe: &Recipe) -> Cause {
    let summary = match flag {
        Some(flag) => format!("{flag} {name} is no program that can be executed"),
        None => missing::summary(name),
    };
    Cause::new(Code::AgentMissing, summary, missing::next(recipe.program))
}
