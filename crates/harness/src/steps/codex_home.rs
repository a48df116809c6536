//! `codex-home`: the home of codex for this run, which knows the gateway and nothing that a stage does
//! not need. An agent that cannot be used is found here, while the stack is still being built.

use std::fs;

use anyhow::{Context as _, Result};
use smoke_agents::agent::CODEX;
use smoke_agents::codex::config::{self, Values};
use smoke_agents::codex::{self, login};
use smoke_agents::recipes;
use smoke_core::cause::{Cause, Code};
use smoke_core::files::{self, PRIVATE};
use smoke_record::folder::private_folder;
use smoke_record::options::ModelKind;
use toml_edit::{DocumentMut, Item, Table};

use crate::context::Context;
use crate::roles::agent::program::ask;
use crate::roles::gateway;
use crate::step::{Done, Step};

/// Writes the config, takes the login along if a stage needs it, and asks codex what it can do.
pub fn write(context: &Context, step: &Step) -> Result<Done, Cause> {
    let codex_plays = *context.options.roles.agent == CODEX;
    let live = codex_plays && context.options.roles.model == ModelKind::Live;
    let users =
        codex::users_home(context.options.parts.codex_home.as_deref(), &context.environment);
    let recipe = recipes::of(context.options.roles.agent);
    if recipe.is_some() {
        check_name(context.options.roles.agent.name, &context.profile.gateway.server)?;
    }
    if recipe.is_some() && !codex_plays && context.options.roles.model == ModelKind::Live {
        return Err(no_login(context.options.roles.agent.name));
    }
    if live {
        login::check(users.as_deref(), &context.environment)?;
    }
    let settings = users.as_deref().filter(|_| live).map(login::model_settings);
    let text = text(context, &settings.unwrap_or_default())?;
    let home = &context.paths.codex_home;
    let written = private_folder(home)
        .and_then(|()| files::replace(&home.join("config.toml"), text.as_bytes(), PRIVATE))
        .with_context(|| format!("write {home}"))
        .and_then(|()| match live || context.wants_a_person() {
            true => take_login(context, step),
            false => Ok(()),
        });
    written.map_err(|error| Cause::of(Code::Internal, &error, "look at the workspace"))?;
    if let Some(recipe) = recipe {
        ask::installation(context, recipe, step)?;
    }
    Ok(Done::ONCE)
}

/// The config: what is known of the model, and the stack.
fn text(context: &Context, settings: &str) -> Result<String, Cause> {
    let mut config: DocumentMut = settings.parse().unwrap_or_default();
    let server =
        config::server(&gateway::endpoint(context)?, config::TOOL_TIMEOUT_S, Values::Written);
    let mut servers = Table::new();
    servers.set_implicit(true);
    servers.insert(&context.profile.gateway.server, Item::Table(server.into_table()));
    config.insert("mcp_servers", Item::Table(servers));
    Ok(config.to_string())
}

/// Nothing of the developer's own gets into the home of another agent, and so no login.
fn no_login(agent: &str) -> Cause {
    let summary =
        format!("{agent} has no login in a run: only codex can be run with the model `live`");
    Cause::new(Code::ConfigInvalid, summary, "use --model scripted, or a manual stage")
}

/// Names of servers are parts of keys and of tools' names, and agents take only these.
fn check_name(agent: &str, name: &str) -> Result<(), Cause> {
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.chars().all(fine) {
        return Ok(());
    }
    let summary = format!("{agent} takes no server named `{}`", name.escape_debug());
    let next = "give `server` in [gateway] a name of letters, digits, `-` and `_`";
    Err(Cause::new(Code::ConfigInvalid, summary, next))
}

/// Only the login is taken: the user's own servers and settings have no place here.
fn take_login(context: &Context, step: &Step) -> Result<()> {
    let home = codex::users_home(context.options.parts.codex_home.as_deref(), &context.environment);
    let Some(from) = home.map(|home| home.join("auth.json")) else { return Ok(()) };
    match fs::read(&from) {
        Ok(login) => {
            let to = context.paths.codex_home.join("auth.json");
            files::replace(&to, &login, PRIVATE).with_context(|| format!("write {to}"))
        }
        Err(_) => {
            step.note(format!("no login of codex at {from}; CODEX_API_KEY counts as well"));
            Ok(())
        }
    }
}
