//! The gateway, as seen from outside: whatever serves MCP over HTTP at the profile's URL.

use std::time::Duration;

use serde_json::Value;
use smoke_bundle::LiveTool;

use crate::mcp::{Client, Options, Refusal};

/// The longest time that one attempt may take, of the time that is left for all.
const ATTEMPT: Duration = Duration::from_secs(10);

/// Connects to the gateway, within the time that is `left`.
///
/// # Errors
/// What the failed attempt means.
pub fn connect(url: &str, left: Duration) -> Result<Client, Refusal> {
    let timeout = left.clamp(Duration::from_millis(50), ATTEMPT);
    let options = Options { timeout, headers: Vec::new(), client_name: "clone-smoke".into() };
    Client::connect(url, &options)
}

/// The tools that the gateway lists.
///
/// # Errors
/// As [`connect`].
pub fn list_tools(url: &str, left: Duration) -> Result<Vec<Value>, Refusal> {
    list(url, left).map(|(tools, _)| tools)
}

/// The tools that the gateway lists, and how it speaks MCP.
///
/// # Errors
/// As [`connect`].
pub fn list(url: &str, left: Duration) -> Result<(Vec<Value>, String), Refusal> {
    let mut client = connect(url, left)?;
    let spoken = format!("MCP {} ({})", client.version(), client.era());
    let tools = client.list_tools();
    client.close();
    Ok((tools?, spoken))
}

/// The names of listed tools.
pub fn names(tools: &[Value]) -> Vec<&str> {
    tools.iter().filter_map(|tool| tool["name"].as_str()).collect()
}

/// The tools of `wanted` that are not in the list.
pub fn missing<'a>(wanted: &'a [String], tools: &[Value]) -> Vec<&'a str> {
    let listed = names(tools);
    wanted.iter().map(String::as_str).filter(|name| !listed.contains(name)).collect()
}

/// A listed tool, with the server that our own gateway says it is from.
pub fn live_tool(tool: Value) -> LiveTool {
    let server = tool["_meta"]["io.clone-smoke/server"].as_str().map(str::to_owned);
    LiveTool { server, tool }
}
