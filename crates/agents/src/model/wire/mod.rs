//! The wire formats in which agents ask their models, and how each is answered.

mod chat;
mod gemini;
mod messages;
mod responses;

use serde_json::{Value, json};

use super::tool::Tool;

/// What the ids of calls start with; the number of the call follows.
const CALL_ID: &str = "smoke_call_";

/// A wire format.
#[derive(Debug)]
pub struct Wire {
    /// Whether a request for this path is one for an answer of the model.
    pub serves: fn(&str) -> bool,
    /// The tools that a request offers.
    pub tools: fn(&Value) -> Vec<Tool>,
    /// The results of calls that a request has.
    pub results: fn(&Value) -> Vec<Outcome>,
    /// Whether a stream is wanted.
    pub streams: fn(&str, &Value) -> bool,
    /// The answer as a stream of events.
    pub events: fn(&Answer) -> String,
    /// The same as one document.
    pub whole: fn(&Answer) -> Value,
}

/// The result of a call in a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The id that the call was made with; empty where there is none.
    pub id: String,
}

/// What the model says next.
#[derive(Clone, Debug, PartialEq)]
pub enum Word {
    /// A call.
    Call {
        /// Its number, from which its id is made.
        index: usize,
        /// What is called.
        tool: Tool,
        /// With these arguments.
        arguments: Value,
    },
    /// A text, with which its turn ends.
    Text(String),
}

/// A word, and what of the request its form needs.
#[derive(Debug)]
pub struct Answer<'a> {
    /// What is said.
    pub word: &'a Word,
    /// The model that was asked for.
    pub model: &'a str,
    /// How many bytes the request had. Nobody counts tokens here: four bytes are taken for one.
    pub bytes: usize,
}

/// All of them.
const ALL: [&Wire; 4] = [&responses::WIRE, &chat::WIRE, &messages::WIRE, &gemini::WIRE];

/// The one whose requests go to `path`.
pub fn of_path(path: &str) -> Option<&'static Wire> {
    ALL.into_iter().find(|wire| (wire.serves)(path))
}

/// The answer to what agents ask besides: which models there are, and how long a text is.
pub fn beside(path: &str) -> Option<Value> {
    if path.ends_with("/count_tokens") {
        return Some(json!({"input_tokens": 1}));
    }
    if path.ends_with(":countTokens") {
        return Some(json!({"totalTokens": 1}));
    }
    let model = json!({"id": MODEL, "object": "model", "type": "model", "display_name": MODEL});
    let list = path.ends_with("/models");
    list.then(|| json!({"object": "list", "data": [model], "has_more": false}))
}

/// The name of the scripted model, which no agent knows.
pub const MODEL: &str = "clone-smoke-scripted";

/// The number of the call with this id.
pub fn number(id: &str) -> Option<usize> {
    id.strip_prefix(CALL_ID)?.parse().ok()
}

impl Answer<'_> {
    /// How many tokens went in and out.
    fn tokens(&self) -> (usize, usize) {
        let out = match self.word {
            Word::Call { arguments, .. } => arguments.to_string().len(),
            Word::Text(text) => text.len(),
        };
        (self.bytes / 4, out / 4 + 1)
    }
}

fn id(index: usize) -> String {
    format!("{CALL_ID}{index}")
}

/// Arguments in pieces, as real services send them.
fn pieces(arguments: &Value) -> Vec<String> {
    const PIECE: usize = 48;
    let text = arguments.to_string();
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(PIECE).map(|piece| piece.iter().collect()).collect()
}

/// An event without a name.
fn data(event: &Value) -> String {
    format!("data: {event}\n\n")
}

/// An event that is named by its type.
fn named(event: &Value) -> String {
    format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default())
}

/// The elements of a list.
fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
