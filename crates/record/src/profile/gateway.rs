//! `[gateway]`: the stack's own, a single server without any, or our own for a stack without one.

use anyhow::Result;

use super::table::Table;
use super::{BuildSpec, GatewayCloneSpec, GatewaySpec, Transport};

/// Where a gateway serves that does not say so.
const URL: &str = "http://127.0.0.1:{{PROXY_PORT}}/mcp";

/// Reads `[gateway]` of `root`; `servers` says whether the profile names servers for our own, and
/// `ecosystem` whether a file for pm2 knows the command.
///
/// # Errors
/// A key is unknown, missing or of the wrong type, or does not go with the kind of gateway.
pub fn read(root: &Table, servers: bool, ecosystem: bool) -> Result<GatewaySpec> {
    let Some(table) = root.table("gateway")? else {
        if servers {
            return Ok(own());
        }
        let message = "the profile needs a table [gateway] that says what to start, or a [[server]] \
                       for a gateway of ours";
        return Err(root.error("gateway", message));
    };
    if servers { read_own(table) } else { read_theirs(table, ecosystem) }
}

fn read_theirs(table: Table, ecosystem: bool) -> Result<GatewaySpec> {
    let transport = table.choice("transport")?.unwrap_or(Transport::Http);
    let start = table.command("start")?;
    let spec = GatewaySpec {
        own: false,
        transport,
        server: server(&table)?,
        clone: table.table("clone")?.map(clone).transpose()?,
        build: table.table("build")?.map(build).transpose()?,
        command: match table.command("command")? {
            Some(command) => command,
            None if ecosystem || start.is_some() => Vec::new(),
            None => {
                let message = "[gateway] needs a key `command` that says what to start";
                return Err(table.lacks("command", message));
            }
        },
        start,
        cwd: table.string("cwd")?,
        env: table.table("env")?.map_or(Ok(Vec::new()), |table| table.pairs())?,
        url: table.address("url")?.unwrap_or_else(|| URL.into()),
        headers: table.headers("headers")?,
        tools: table.strings("tools")?,
        call_log: table.string("call_log")?,
    };
    let of_http = ["url", "headers", "call_log", "start"].into_iter().find(|key| table.has(key));
    if let Some(key) = of_http.filter(|_| transport == Transport::Stdio) {
        let message = format!("`{key}` is for a gateway that listens; over stdio there is none");
        return Err(table.error(key, &message));
    }
    table.finish()?;
    Ok(spec)
}

/// Of our own gateway, only what is seen of it from outside can be said.
fn read_own(table: Table) -> Result<GatewaySpec> {
    let theirs = [
        "command",
        "start",
        "transport",
        "url",
        "headers",
        "cwd",
        "env",
        "call_log",
        "clone",
        "build",
    ];
    if let Some(key) = theirs.into_iter().find(|key| table.has(key)) {
        let message = format!(
            "[gateway] `{key}` is for a gateway that the stack brings, and [[server]] and \
             [mcp_config] are for ours; leave out one of them"
        );
        return Err(table.error(key, &message));
    }
    let spec = GatewaySpec { server: server(&table)?, tools: table.strings("tools")?, ..own() };
    table.finish()?;
    Ok(spec)
}

fn own() -> GatewaySpec {
    let command = [
        "{{SMOKE_GATEWAY_BIN}}",
        "gateway",
        "--config",
        "{{PROXY_CONFIG}}",
        "--call-log",
        "{{SMOKE_CALL_LOG}}",
    ];
    GatewaySpec {
        own: true,
        transport: Transport::Http,
        server: "stack".to_owned(),
        clone: None,
        build: None,
        command: command.map(str::to_owned).to_vec(),
        start: None,
        cwd: None,
        env: Vec::new(),
        url: URL.to_owned(),
        headers: Vec::new(),
        tools: Vec::new(),
        call_log: Some("{{SMOKE_CALL_LOG}}".to_owned()),
    }
}

fn server(table: &Table) -> Result<String> {
    Ok(table.string("server")?.unwrap_or_else(|| "stack".into()))
}

fn clone(table: Table) -> Result<GatewayCloneSpec> {
    let spec = GatewayCloneSpec {
        sources: table.one_or_more("source")?,
        into: table.string("into")?.unwrap_or_else(|| "{{APPS_DIR}}/mcp-proxy".into()),
    };
    table.finish()?;
    Ok(spec)
}

fn build(table: Table) -> Result<BuildSpec> {
    let spec = BuildSpec {
        command: table
            .command("command")?
            .ok_or_else(|| table.lacks("command", "[gateway.build] needs a key `command`"))?,
        output: table.required_string("output")?,
        tidy: table.command("tidy")?,
    };
    table.finish()?;
    Ok(spec)
}
