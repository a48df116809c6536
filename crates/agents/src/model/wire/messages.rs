//! The Messages API of Anthropic.

use serde_json::{Value, json};

use super::{Answer, Outcome, Tool, Wire, Word, id, list, named, pieces, text};

/// The format.
pub const WIRE: Wire = Wire {
    serves: |path| path.ends_with("/messages"),
    tools: |body| list(&body["tools"]).filter_map(Tool::of).collect(),
    results: |body| {
        let blocks = list(&body["messages"]).flat_map(|message| list(&message["content"]));
        blocks.filter_map(result).collect()
    },
    streams: |_, body| body["stream"] == true,
    events,
    whole,
};

fn result(block: &Value) -> Option<Outcome> {
    (block["type"] == "tool_result").then(|| Outcome { id: text(&block["tool_use_id"]) })
}

fn usage(answer: &Answer) -> Value {
    let (input_tokens, output_tokens) = answer.tokens();
    json!({
        "input_tokens": input_tokens, "output_tokens": output_tokens,
        "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
    })
}

fn reason(answer: &Answer) -> &'static str {
    if matches!(answer.word, Word::Text(_)) { "end_turn" } else { "tool_use" }
}

/// What is said, or called, with the part of it that comes later left out if it `begins` only.
fn block(answer: &Answer, begins: bool) -> Value {
    match answer.word {
        Word::Text(said) => json!({"type": "text", "text": if begins { "" } else { said }}),
        Word::Call { index, tool, arguments } => {
            let input = if begins { json!({}) } else { arguments.clone() };
            json!({"type": "tool_use", "id": id(*index), "name": tool.name, "input": input})
        }
    }
}

fn message(answer: &Answer, content: &[Value], stop: Option<&str>) -> Value {
    json!({
        "id": "msg_0", "type": "message", "role": "assistant", "model": answer.model,
        "content": content, "stop_reason": stop, "stop_sequence": null, "usage": usage(answer),
    })
}

fn whole(answer: &Answer) -> Value {
    message(answer, &[block(answer, false)], Some(reason(answer)))
}

fn events(answer: &Answer) -> String {
    let delta = |delta: Value| json!({"type": "content_block_delta", "index": 0, "delta": delta});
    let deltas: Vec<Value> = match answer.word {
        Word::Text(said) => vec![delta(json!({"type": "text_delta", "text": said}))],
        Word::Call { arguments, .. } => {
            let piece = |piece| delta(json!({"type": "input_json_delta", "partial_json": piece}));
            pieces(arguments).into_iter().map(piece).collect()
        }
    };
    let start = block(answer, true);
    let end = json!({"stop_reason": reason(answer), "stop_sequence": null});
    let before = [
        json!({"type": "message_start", "message": message(answer, &[], None)}),
        json!({"type": "content_block_start", "index": 0, "content_block": start}),
        json!({"type": "ping"}),
    ];
    let after = [
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": end, "usage": usage(answer)}),
        json!({"type": "message_stop"}),
    ];
    before.iter().chain(&deltas).chain(&after).map(named).collect()
}
