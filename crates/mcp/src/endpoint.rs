//! The endpoint of a stack: whatever serves MCP over HTTP at the profile's URL, or a single server that is
//! spoken to over its input and output.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde_json::Value;
use smoke_bundle::LiveTool;
use smoke_core::abandon::unless_stopped;
use smoke_core::stop::Stop;
use smoke_core::text::fingerprint;

use crate::checks;
use crate::event_stream::EventStream;
use crate::http::Deadline;
use crate::{Client, Options, Program, Refusal};

/// The longest time that one attempt over HTTP may take, of the time that is left for all.
const ATTEMPT: Duration = Duration::from_secs(10);

/// How the gateway is reached.
#[derive(Clone, Debug)]
pub enum Endpoint {
    /// It listens.
    Http {
        /// Where.
        url: String,
        /// What each request carries.
        headers: Vec<(String, String)>,
    },
    /// Whoever uses it starts it.
    Stdio(Program),
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Http { url, .. } => write!(f, "the gateway at {url}"),
            Endpoint::Stdio(program) => write!(f, "the server `{}`", program.argv.join(" ")),
        }
    }
}

/// Connects to the gateway, within the time that is `left`. A server that has to be started gets
/// all of it: what starts slowly would never be there if it was started anew again and again.
///
/// # Errors
/// What the failed attempt means.
pub fn connect(endpoint: &Endpoint, left: Duration, stop: &Stop) -> Result<Client, Refusal> {
    let endpoint = endpoint.clone();
    or_stopped(unless_stopped(stop, move || open(&endpoint, left)))
}

/// What came of work that a stop may have cut short.
///
/// # Errors
/// It was, or the work's own.
pub fn or_stopped<T>(result: Option<Result<T, Refusal>>) -> Result<T, Refusal> {
    result.unwrap_or(Err(Refusal::Stopped))
}

/// The time for one attempt over HTTP, of what is `left`.
pub fn attempt(left: Duration) -> Duration {
    left.clamp(Duration::from_millis(50), ATTEMPT)
}

/// As [`connect`], for those who cannot be stopped.
///
/// # Errors
/// As [`connect`].
pub fn open(endpoint: &Endpoint, left: Duration) -> Result<Client, Refusal> {
    let left = left.max(Duration::from_millis(50));
    let options = |timeout, headers: &[(String, String)]| Options {
        timeout,
        headers: headers.to_vec(),
        client_name: "clone-smoke".into(),
    };
    match endpoint {
        Endpoint::Http { url, headers } => Client::connect(url, &options(attempt(left), headers)),
        Endpoint::Stdio(program) => Client::start(program, &options(left, &[])),
    }
}

/// The tools that the gateway lists, asked in a session of their own.
///
/// # Errors
/// As [`connect`].
pub fn list_tools(endpoint: &Endpoint, left: Duration, stop: &Stop) -> Result<Vec<Value>, Refusal> {
    let endpoint = endpoint.clone();
    or_stopped(unless_stopped(stop, move || {
        let mut client = open(&endpoint, left)?;
        let tools = client.list_tools();
        client.close();
        tools
    }))
}

/// Whether the oldest transport's stream of events answers at `url`.
pub fn streams_events(url: &str, headers: &[(String, String)]) -> bool {
    const MOMENT: Duration = Duration::from_secs(2);
    EventStream::open(url, headers, Deadline::after(MOMENT)).is_ok()
}

/// The names of listed tools, each with a fingerprint of its definition.
pub fn fingerprints(tools: &[Value]) -> BTreeMap<String, String> {
    let of = |tool: &Value| {
        Some((tool["name"].as_str()?.to_owned(), fingerprint::of(&tool.to_string())))
    };
    tools.iter().filter_map(of).collect()
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
    let server = checks::server_of(&tool).map(str::to_owned);
    LiveTool { server, tool }
}
