//! The template of our own gateway's config, for a stack that brings no gateway.

use camino::Utf8Path;
use serde_json::{Map, Value, json};
use smoke_core::cause::{Cause, Code};
use smoke_core::files::{self, PRIVATE};
use smoke_core::program;
use smoke_mcp::listing;

use super::authors_paths;
use crate::context::Context;
use crate::missing;

/// Writes the template of our own gateway's config: the servers of the profile, and those of the
/// file that it names. The former count where both have one of the same name.
///
/// # Errors
/// That file is not there or invalid, or the template cannot be written.
pub fn write_template(context: &Context, template: &Utf8Path) -> Result<(), Cause> {
    let mut servers = listed(context)?;
    for server in &context.profile.servers {
        servers.insert(server.name.clone(), server.entry());
    }
    check(context, &servers)?;
    for entry in servers.values_mut().filter(|entry| entry["url"].is_null()) {
        let cwd = entry["cwd"].as_str().unwrap_or_default();
        entry["cwd"] = json!(context.paths.clone.join(context.expand(cwd)?));
    }
    let text = format!("{:#}\n", listing::template(&context.profile.name, servers));
    files::replace(template, text.as_bytes(), PRIVATE).map_err(|error| {
        let error = anyhow::Error::new(error).context(format!("write {template}"));
        Cause::of(Code::RenderFailed, &error, "look at the workspace")
    })
}

/// What can be known before anything is started: all servers that cannot work are named at once.
fn check(context: &Context, servers: &Map<String, Value>) -> Result<(), Cause> {
    let is_far = |entry: &Value| {
        let address = listing::address(entry).and_then(|address| context.expand(address).ok());
        address.is_some_and(|address| !listing::is_spoken(&address))
    };
    let far = servers.iter().filter(|(_, entry)| is_far(entry));
    let far: Vec<&str> = far.map(|(name, _)| name.as_str()).collect();
    if !far.is_empty() {
        let names = far.join(", ");
        let summary = format!("{names}: our own gateway speaks no https");
        let next = "leave it out, of a client's file with `servers` in [mcp_config], or put a gateway \
                    that does before it";
        return Err(Cause::new(Code::ConfigInvalid, summary, next));
    }
    authors_paths::check(&context.paths.clone, servers)?;
    let path = context.environment.get("PATH").unwrap_or_default();
    let lacks = |entry: &Value| {
        let program = context.expand(entry["command"].as_str()?).ok()?;
        // One that brings a PATH of its own is looked for there.
        let is_lacking = entry["env"]["PATH"].is_null()
            && !program.contains('/')
            && program::find(&program, path).is_none();
        is_lacking.then_some(program)
    };
    let lacking: Vec<(&String, String)> =
        servers.iter().filter_map(|(name, entry)| Some((name, lacks(entry)?))).collect();
    let Some((_, first)) = lacking.first() else { return Ok(()) };
    let line = |(name, program): &(&String, String)| {
        format!("server {name}: {}; {}", missing::summary(program), missing::next(program))
    };
    Err(missing::program(first).evidence(lacking.iter().map(line)))
}

/// The servers of the file that the profile names, as our gateway takes them.
fn listed(context: &Context) -> Result<Map<String, Value>, Cause> {
    let Some(spec) = &context.profile.mcp_config else { return Ok(Map::new()) };
    let invalid = |error: anyhow::Error| {
        Cause::new(Code::ConfigInvalid, format!("{error:#}"), "correct the file, or [mcp_config]")
    };
    let path = Utf8Path::new(&spec.path);
    let text = files::read_to_string(&context.paths.clone.join(path));
    let text = text.map_err(|error| {
        invalid(anyhow::anyhow!("the clone has no {path} that [mcp_config] names: {error}"))
    })?;
    let mut found = listing::servers(path, &text).map_err(invalid)?;
    if let Some(wanted) =
        spec.servers.iter().find(|wanted| !found.iter().any(|(name, _)| name == *wanted))
    {
        return Err(invalid(anyhow::anyhow!(
            "{path} has no server `{wanted}` that is switched on"
        )));
    }
    found.retain(|(name, _)| spec.servers.is_empty() || spec.servers.contains(name));
    let lookup = |key: &str| context.lookup(key);
    let entry = |(name, entry): (String, Value)| {
        let entry = listing::for_gateway(&entry, &lookup)
            .map_err(|error| invalid(error.context(format!("{path}: server `{name}`"))))?;
        Ok((name, entry))
    };
    found.into_iter().map(entry).collect()
}
