//! The search for the Codex CLI of a run.

use smoke_core::cause::{Cause, Code};
use smoke_core::program;

use crate::context::Context;
use crate::missing;

/// The command line that was decided, else of the one that `--codex-cli` names, else of `codex` on PATH.
///
/// # Errors
/// There is none, with the code `agent-missing`.
pub fn find(context: &Context) -> Result<Vec<String>, Cause> {
    let parts = &context.options.parts;
    if let Some(command) = &parts.agent {
        return Ok(command.clone());
    }
    let path = context.environment.get("PATH").unwrap_or_default();
    let named = parts.codex_cli.as_ref();
    let name = named.map_or("codex", |named| named.as_str());
    match program::find(name, path) {
        Some(file) => {
            let absolute = std::path::absolute(&file).unwrap_or_else(|_| file.into());
            Ok(vec![absolute.to_string_lossy().into_owned()])
        }
        None => Err(missing(name, named.is_some())),
    }
}

fn missing(name: &str, named: bool) -> Cause {
    let summary = match named {
        true => format!("--codex-cli {name} is no program that can be executed"),
        false => missing::summary(name),
    };
    Cause::new(Code::AgentMissing, summary, missing::next("codex"))
}
