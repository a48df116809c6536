//! The script of the model: what it answers next. It follows from the request alone, so that a request that
//! is repeated gets the same answer.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::offer::{Listed, Offer, offers};
use super::tool::Tool;
use super::wire::{Wire, Word, number};

/// The calls to make.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The server as the agent knows it.
    pub server: String,
    /// The tools with their arguments, in order.
    pub calls: Vec<(String, Value)>,
    /// The tools that the server lists.
    pub listed: Vec<Listed>,
    /// How a call is made by an agent that offers its model another tool for all calls.
    pub detour: Option<Detour>,
    /// How long the word that ends the turn takes.
    pub pause: Duration,
}

/// The call of another tool that stands for one of `tool` at `server`.
#[derive(Clone, Copy, Debug)]
pub struct Detour {
    /// The tool that is offered.
    pub name: &'static str,
    /// Its arguments, for a server, a tool and the arguments of that.
    pub arguments: fn(&str, &str, &Value) -> Value,
}

/// What was asked of the model.
#[derive(Clone, Debug, Default)]
pub struct Requests {
    /// The tools of the stack that were offered, by the names that the gateway and the model have for
    /// them; none before a request, or where they cannot be seen.
    pub offered: Option<Vec<Offer>>,
    /// The index of the call at which the script stopped, because its tool was not offered.
    pub stopped_at: Option<usize>,
    /// When the first request came.
    pub first_asked: Option<Instant>,
    /// What was wrong with a request.
    pub problem: Option<String>,
}

/// The next word for the request in `body`: a call, or the text that ends the turn.
pub fn next_word(script: &Script, requests: &mut Requests, wire: &Wire, body: &Value) -> Word {
    let tools = (wire.tools)(body);
    // A title, a summary: nothing can be called in it, and nothing is said of the stack.
    if tools.is_empty() && requests.offered.is_some() {
        return Word::Text("done".into());
    }
    requests.first_asked.get_or_insert_with(Instant::now);
    let index = answered(wire, body);
    if let Some(word) = script.detour.and_then(|detour| around(script, detour, &tools, index)) {
        return word;
    }
    let wanted = script.calls.iter().map(|(tool, _)| tool.as_str());
    let offers = offers(&tools, &script.server, &script.listed, wanted);
    if !tools.is_empty() {
        remember(requests, &offers);
    }
    let Some((tool, arguments)) = script.calls.get(index) else { return Word::Text("done".into()) };
    let Some(offer) = offers.into_iter().find(|offer| offer.tool == *tool) else {
        if !tools.is_empty() {
            requests.stopped_at = Some(index);
        }
        return Word::Text("a tool is not offered".into());
    };
    Word::Call { index, tool: offer.offered, arguments: arguments.clone() }
}

fn around(script: &Script, detour: Detour, tools: &[Tool], index: usize) -> Option<Word> {
    let tool = tools.iter().find(|tool| tool.name == detour.name)?.clone();
    let (name, arguments) = script.calls.get(index)?;
    let arguments = (detour.arguments)(&script.server, name, arguments);
    Some(Word::Call { index, tool, arguments })
}

/// Later requests may offer more, and what was offered once could be called.
fn remember(requests: &mut Requests, offers: &[Offer]) {
    const MOST: usize = 10_000;
    let offered = requests.offered.get_or_insert_default();
    for offer in offers {
        if offered.len() < MOST && !offered.iter().any(|known| known.tool == offer.tool) {
            offered.push(offer.clone());
        }
    }
}

/// How many calls have their result in the request. Where results have no ids, their number says so.
fn answered(wire: &Wire, body: &Value) -> usize {
    let results = (wire.results)(body);
    let numbers = results.iter().filter_map(|result| number(&result.id));
    numbers.max().map_or(results.len(), |last| last.saturating_add(1))
}
