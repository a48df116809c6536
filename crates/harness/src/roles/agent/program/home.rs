//! The home of an agent in a run: what it is told of the stack and of its model stands there, and what it
//! keeps goes there.

use camino::{Utf8Path, Utf8PathBuf};
use smoke_agents::agent::CODEX;
use smoke_agents::codex::users_home;
use smoke_agents::recipe::Recipe;
use smoke_core::cause::{Cause, Code};
use smoke_core::environment::Environment;
use smoke_core::files::{self, PRIVATE};
use smoke_record::folder::private_folder;
use smoke_record::options::ModelKind;

use crate::context::Context;
use crate::step::Step;

/// Where it is.
pub fn of(context: &Context, recipe: &Recipe) -> Utf8PathBuf {
    match recipe.agent == &CODEX {
        true => context.paths.codex_home.clone(),
        false => context.paths.agent_homes.join(recipe.agent.name),
    }
}

/// Writes its files, which may hold the secrets of the stack's headers.
///
/// # Errors
/// They cannot be written.
pub fn write(home: &Utf8Path, files: &[(Utf8PathBuf, String)]) -> Result<(), Cause> {
    let write = || -> anyhow::Result<()> {
        private_folder(home)?;
        for (name, text) in files {
            let path = home.join(name);
            path.parent().map_or(Ok(()), private_folder)?;
            files::replace(&path, text.as_bytes(), PRIVATE)?;
        }
        Ok(())
    };
    write().map_err(|error| {
        let error = error.context(format!("write {home}"));
        Cause::of(Code::Internal, &error, "look at the workspace")
    })
}

/// The environment of the agent.
pub fn environment(context: &Context, recipe: &Recipe) -> Environment {
    let mut environment = recipe.environment(&context.environment, &of(context, recipe));
    if context.options.roles.model == ModelKind::Scripted && recipe.agent == &CODEX {
        ["CODEX_API_KEY", "OPENAI_API_KEY"].iter().for_each(|key| environment.remove(key));
    }
    environment
}

/// A login that codex renewed in the run's own home is worth nothing in the developer's.
pub fn note_renewal(context: &Context, recipe: &Recipe, step: &Step) {
    if recipe.agent != &CODEX {
        return;
    }
    let own = users_home(context.options.parts.codex_home.as_deref(), &context.environment);
    let login = |home: &Utf8Path| files::read(&home.join("auth.json")).ok();
    let Some(before) = own.and_then(|home| login(&home)) else { return };
    let after = login(&context.paths.codex_home);
    if after.is_some_and(|after| after != before) {
        step.note("codex has renewed its login in the run: you may have to log in again");
    }
}
