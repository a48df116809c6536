//! The response to a request, found in an HTTP answer, be it JSON or server-sent events.

use std::io::Read;

use serde_json::Value;
use smoke_wire::ids::{Answers, answers};

use super::excerpt::{excerpt, without_markup};
use super::http::{Answer, BODY_LIMIT, Deadline, read_whole};
use super::protocol::is_stateless_code;
use super::refusal::{Phase, Refusal};
use super::sse::Events;

/// How much of an error's body is read, in bytes.
const ERROR_LIMIT: u64 = 64 * 1024;

/// What is heard while a result is waited for.
pub enum Aside<'a> {
    /// The gateway asks something itself.
    Request(&'a Value),
    /// The answer has the id of its request in another form.
    ChangedId(&'a Value),
}

/// The result that answers the request `id`; `on_aside` gets what is heard meanwhile.
///
/// # Errors
/// The refusal that the answer amounts to.
pub fn result_of(
    mut answer: Answer,
    id: u64,
    deadline: Deadline,
    on_aside: &mut dyn FnMut(Aside),
) -> Result<Value, Refusal> {
    if !(200..300).contains(&answer.status) {
        return Err(refused(answer, Some(id)));
    }
    if answer.media_type == "text/event-stream" {
        return from_events(answer, id, deadline, on_aside);
    }
    let bytes = read_whole(&mut answer.body, deadline)?;
    let Ok(message) = serde_json::from_slice::<Value>(&bytes) else {
        return Err(not_mcp(&answer.media_type, &bytes));
    };
    let response = each(message).into_iter().find_map(|message| response(message, id, on_aside));
    response.unwrap_or_else(|| Err(not_mcp(&answer.media_type, &bytes)))
}

/// What an answer with a status other than 2xx means; `id` is that of the request, if it had one. An error of
/// JSON-RPC says that MCP is served at this path, whatever the status.
pub fn refused(answer: Answer, id: Option<u64>) -> Refusal {
    let mut bytes = Vec::new();
    // A body that cannot be read changes nothing about the status, which is the evidence.
    let _ = answer.body.take(ERROR_LIMIT).read_to_end(&mut bytes);
    if matches!(answer.status, 400 | 404)
        && let Ok(message) = serde_json::from_slice::<Value>(&bytes)
        && let Some(code) = message["error"]["code"].as_i64()
        && (is_stateless_code(code)
            || id.is_some_and(|id| message["id"] == id)
            || answer.status == 404 && message["jsonrpc"] == "2.0")
    {
        return rpc(&message["error"]);
    }
    let body = excerpt(&without_markup(&String::from_utf8_lossy(&bytes)));
    Refusal::Http { status: answer.status, body, location: answer.location }
}

fn from_events(
    answer: Answer,
    id: u64,
    deadline: Deadline,
    on_aside: &mut dyn FnMut(Aside),
) -> Result<Value, Refusal> {
    let mut events = Events::new(answer.body, BODY_LIMIT as usize);
    let failed = |error| Refusal::from_io(error, Phase::Body, deadline.after);
    while let Some(event) = events.next_event().map_err(failed)? {
        // An event that is no JSON is none of ours: gateways send events of their own in between.
        let message = serde_json::from_str(&event.data).unwrap_or_default();
        for message in each(message) {
            if let Some(response) = response(message, id, on_aside) {
                return response;
            }
        }
    }
    Err(Refusal::Reset { phase: Phase::Body })
}

/// The messages of a batch, or the one message.
pub fn each(message: Value) -> Vec<Value> {
    match message {
        Value::Array(messages) => messages,
        message => vec![message],
    }
}

/// The response in `message`, if it answers the request `id`; a request in it is heard aside. An error without
/// an id answers too: a gateway that cannot read a request does not know its id.
pub fn response(
    mut message: Value,
    id: u64,
    on_aside: &mut dyn FnMut(Aside),
) -> Option<Result<Value, Refusal>> {
    if message.get("method").is_some() && message.get("id").is_some() {
        on_aside(Aside::Request(&message));
        return None;
    }
    let answers = answers(&message["id"], id);
    let ours = answers != Answers::Other;
    if answers == Answers::Changed {
        on_aside(Aside::ChangedId(&message["id"]));
    }
    match message.get_mut("error") {
        Some(error) if error.is_object() => {
            (ours || message["id"].is_null()).then(|| Err(rpc(&message["error"])))
        }
        _ if ours => message.get_mut("result").map(|result| Ok(result.take())),
        _ => None,
    }
}

fn rpc(error: &Value) -> Refusal {
    let code = error["code"].as_i64().unwrap_or_default();
    Refusal::rpc(code, error["message"].as_str().unwrap_or("no message"))
}

fn not_mcp(media_type: &str, bytes: &[u8]) -> Refusal {
    let start = &bytes[..bytes.len().min(2000)];
    let text = String::from_utf8_lossy(start);
    let media_type = if media_type.is_empty() { "no content type" } else { media_type };
    Refusal::NotMcp { received: excerpt(&format!("{media_type}, {} bytes: {text}", bytes.len())) }
}
