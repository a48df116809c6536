//! `codex-home`: the home of codex for this run, which knows the gateway and nothing else.

use std::fs;

use serde_json::json;
use smoke_core::environment::Origin;
use smoke_core::files::{self, PRIVATE};

use crate::cause::{Cause, Code};
use crate::codex;
use crate::roles::gateway::Endpoint;
use crate::run::context::Context;
use crate::run::folder::private_folder;
use crate::run::step::{Done, Step};

/// Writes the config, and takes the login along when a stage is left to a person.
pub fn write(context: &Context, step: &Step) -> Result<Done, Cause> {
    let home = &context.paths.codex_home;
    let path = home.join("config.toml");
    let written = private_folder(home)
        .and_then(|()| files::replace(&path, config(context)?.as_bytes(), PRIVATE))
        .and_then(|()| if context.wants_a_person() { take_login(context, step) } else { Ok(()) });
    written.map_err(|error| {
        let summary = format!("cannot write {home}: {error}");
        Cause::new(Code::Internal, summary, "look at the workspace")
    })?;
    Ok(Done::ONCE)
}

fn config(context: &Context) -> std::io::Result<String> {
    let endpoint = context.endpoint().map_err(|cause| std::io::Error::other(cause.summary))?;
    let server = &context.profile.gateway.server;
    Ok(format!(
        "[mcp_servers.{server}]\n{}required = true\n\
         default_tools_approval_mode = \"approve\"\nstartup_timeout_sec = 20\ntool_timeout_sec = 60\n",
        how_to_reach(&endpoint)
    ))
}

/// What a server is told in its environment goes along, because codex passes on very little of its
/// own.
fn how_to_reach(endpoint: &Endpoint) -> String {
    let table = |pairs: Vec<(&str, &str)>| {
        let pair = |(key, value): (&str, &str)| format!("{} = {}", json!(key), json!(value));
        pairs.into_iter().map(pair).collect::<Vec<_>>().join(", ")
    };
    match endpoint {
        Endpoint::Http { url, headers } if headers.is_empty() => format!("url = {}\n", json!(url)),
        Endpoint::Http { url, headers } => {
            let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            format!("url = {}\nhttp_headers = {{ {} }}\n", json!(url), table(headers.collect()))
        }
        Endpoint::Stdio(program) => {
            let (command, arguments) = (program.argv.first(), program.argv.get(1..));
            let set = program.environment.iter().filter(|(_, v)| v.origin != Origin::Inherited);
            let set = set.map(|(key, variable)| (key, variable.value.as_str())).collect();
            format!(
                "command = {}\nargs = {}\ncwd = {}\nenv = {{ {} }}\n",
                json!(command),
                json!(arguments.unwrap_or_default()),
                json!(program.cwd),
                table(set)
            )
        }
    }
}

/// Only the login is taken: the user's own servers and settings have no place here.
fn take_login(context: &Context, step: &Step) -> std::io::Result<()> {
    let home = codex::users_home(&context.settings, &context.environment);
    let Some(from) = home.map(|home| home.join("auth.json")) else { return Ok(()) };
    match fs::read(&from) {
        Ok(login) => files::replace(&context.paths.codex_home.join("auth.json"), &login, PRIVATE),
        Err(_) => {
            step.note(format!(
                "no login of codex at {from}; set CODEX_API_KEY, or use another client"
            ));
            Ok(())
        }
    }
}
