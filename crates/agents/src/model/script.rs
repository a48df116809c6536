//! The script of the model: what it answers next. It follows from the request alone, so that a request that
//! is repeated gets the same answer.

use std::time::Instant;

use serde_json::{Value, json};

use super::offer::{find, of_server};

/// What the ids of calls start with; the number of the call follows.
const CALL_ID: &str = "smoke_call_";

/// The calls to make.
#[derive(Clone, Debug)]
pub struct Script {
    /// The server as the agent knows it.
    pub server: String,
    /// The tools with their arguments, in order.
    pub calls: Vec<(String, Value)>,
}

/// What was asked of the model.
#[derive(Clone, Debug, Default)]
pub struct Requests {
    /// The tools of the stack that were offered, as the gateway names them; none before a request.
    pub offered: Option<Vec<String>>,
    /// The index of the call at which the script stopped, because its tool was not offered.
    pub stopped_at: Option<usize>,
    /// When the first request came.
    pub first_asked: Option<Instant>,
    /// What was wrong with a request.
    pub problem: Option<String>,
}

/// The next item for the request in `body`: a call, or the word that ends the turn.
pub fn next_item(script: &Script, requests: &mut Requests, body: &Value) -> Value {
    requests.first_asked.get_or_insert_with(Instant::now);
    let offers = of_server(body, &script.server);
    remember(requests, offers.iter().map(|offer| offer.tool.as_str()));
    let next = answered(body);
    let Some((tool, arguments)) = script.calls.get(next) else { return message("done") };
    let Some(offer) = find(&offers, &script.server, tool) else {
        requests.stopped_at = Some(next);
        return message("a tool is not offered");
    };
    let mut item = json!({
        "type": "function_call", "id": format!("fc_{next}"), "call_id": format!("{CALL_ID}{next}"),
        "name": offer.name, "arguments": arguments.to_string(),
    });
    if let Some(namespace) = &offer.namespace {
        item["namespace"] = namespace.as_str().into();
    }
    item
}

/// Later requests may offer more, and what was offered once could be called.
fn remember<'a>(requests: &mut Requests, tools: impl Iterator<Item = &'a str>) {
    const MOST: usize = 10_000;
    let offered = requests.offered.get_or_insert_default();
    for tool in tools {
        if offered.len() < MOST && !offered.iter().any(|known| known == tool) {
            offered.push(tool.to_owned());
        }
    }
}

/// How many calls have their result in the request.
fn answered(body: &Value) -> usize {
    let items = body["input"].as_array().into_iter().flatten();
    let outputs = items.filter(|item| item["type"] == "function_call_output");
    let numbers = outputs
        .filter_map(|item| item["call_id"].as_str()?.strip_prefix(CALL_ID)?.parse::<usize>().ok());
    numbers.max().map_or(0, |last| last.saturating_add(1))
}

fn message(text: &str) -> Value {
    json!({
        "type": "message", "role": "assistant", "id": "msg_0",
        "content": [{"type": "output_text", "text": text}],
    })
}
