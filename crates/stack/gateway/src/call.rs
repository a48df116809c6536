//! One tool call, from the client's name for the tool to the server's answer.

use std::time::SystemTime;

use rmcp::ServiceError;
use rmcp::model::{CallToolRequestParams, CallToolResponse, CallToolResult, ErrorData, JsonObject};
use rmcp::service::{Peer, RoleClient};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::backend::Backend;
use super::connection::EXIT_LAG;
use super::hub::Hub;
use super::listing::Listed;
use super::result::{failure, keep_promise};
use super::state::{Down, State};

/// What came of a call.
pub struct Called {
    /// The server that it went to, if there is such a tool.
    pub server: Option<String>,
    /// The result, or the protocol error.
    pub answer: Result<CallToolResult, ErrorData>,
}

/// Calls the tool that is listed as `name`. A server that is down, dies or does not answer in
/// time makes a result that says so; only a name that is not listed is a protocol error.
pub async fn call(
    hub: &Hub,
    name: &str,
    arguments: Option<JsonObject>,
    cancelled: &CancellationToken,
) -> Called {
    let Some(listed) = find(hub, name).await else {
        let error = ErrorData::invalid_params(format!("Unknown tool: {name}"), None);
        return Called { server: None, answer: Err(error) };
    };
    let answer = match hub.backend(&listed.server) {
        Some(backend) => send(&backend, &listed, arguments, cancelled).await,
        None => Ok(failure(format!("server {} has been removed", listed.server))),
    };
    Called { server: Some(listed.server), answer }
}

/// A tool that is not listed may belong to a server that is just being started.
async fn find(hub: &Hub, name: &str) -> Option<Listed> {
    let find = || hub.list().into_iter().find(|listed| listed.tool.name == name);
    let mut lists = hub.lists();
    loop {
        if let Some(listed) = find() {
            return Some(listed);
        }
        tokio::select! {
            () = hub.settled() => return find(),
            _ = lists.changed() => {}
        }
    }
}

async fn send(
    backend: &Backend,
    listed: &Listed,
    arguments: Option<JsonObject>,
    cancelled: &CancellationToken,
) -> Result<CallToolResult, ErrorData> {
    let peer = match backend.state() {
        State::Ready { peer, .. } => peer,
        State::Starting => return Ok(failure(format!("server {} is starting", backend.name))),
        State::Down(down) => return Ok(failure(explain(&backend.name, &down))),
    };
    let mut params = CallToolRequestParams::new(listed.original.clone());
    params.arguments = arguments;
    let mut answer = tokio::select! {
        answer = bounded(backend, &peer, params) => answer,
        // Dropping the request sends notifications/cancelled on to the server.
        () = cancelled.cancelled() => Ok(failure("the call was cancelled".to_owned())),
    };
    if let (Ok(result), Some(schema)) = (&mut answer, &listed.declared_output) {
        keep_promise(result, schema);
    }
    answer
}

async fn bounded(
    backend: &Backend,
    peer: &Peer<RoleClient>,
    params: CallToolRequestParams,
) -> Result<CallToolResult, ErrorData> {
    let tool = params.name.clone();
    let bound = backend.entry.call_timeout();
    let name = &backend.name;
    match timeout(bound, peer.call_tool_once(params)).await {
        Ok(Ok(CallToolResponse::Complete(result))) => Ok(result),
        Ok(Ok(_)) => Ok(failure(format!(
            "server {name} asked for input or a task, which the gateway does not pass on"
        ))),
        Ok(Err(ServiceError::McpError(error))) => Err(error),
        Ok(Err(error @ (ServiceError::TransportClosed | ServiceError::TransportSend(_)))) => {
            // A closed pipe is often seen before the exit that explains it.
            let why = backend.down_within(EXIT_LAG).await.unwrap_or_else(|| error.to_string());
            Ok(failure(format!("server {name} went away during the call: {why}")))
        }
        Ok(Err(error)) => Ok(failure(format!("the call of server {name} failed: {error}"))),
        Err(_) => {
            backend.suspect();
            let seconds = bound.as_secs_f64();
            Ok(failure(format!("server {name} did not answer {tool} within {seconds} s")))
        }
    }
}

fn explain(name: &str, down: &Down) -> String {
    let since = humantime::format_rfc3339_seconds(down.since);
    let next = down.next_attempt.map_or_else(
        || "it is not tried again until its entry changes".to_owned(),
        |at| match at.duration_since(SystemTime::now()) {
            Ok(left) => format!("next attempt in {} ms", left.as_millis()),
            Err(_) => "it is being started again".to_owned(),
        },
    );
    format!("server {name} is down since {since}: {}; {next}", down.why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_server_that_is_down_is_explained() {
        let why = "exited: exit status: 1".to_owned();
        let since = SystemTime::UNIX_EPOCH;
        let mut down = Down { why, since, next_attempt: None, tools: [].into() };
        let start = "server x is down since 1970-01-01T00:00:00Z: exited: exit status: 1; ";
        let text = explain("x", &down);
        assert_eq!(text, format!("{start}it is not tried again until its entry changes"));
        down.next_attempt = Some(SystemTime::now() + Duration::from_secs(60));
        assert!(explain("x", &down).contains("next attempt in 59"));
        down.next_attempt = Some(since);
        assert!(explain("x", &down).ends_with("it is being started again"));
    }
}
