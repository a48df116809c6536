//! The answer of the model as a stream of server-sent events.

use serde_json::{Value, json};

/// The events that carry one item. Nobody counts tokens here: four bytes are taken for one.
pub fn events(item: &Value, request: usize) -> String {
    let (input, output) = (request / 4, item.to_string().len() / 4);
    let usage = json!({
        "input_tokens": input, "input_tokens_details": null,
        "output_tokens": output, "output_tokens_details": null,
        "total_tokens": input + output,
    });
    let all = [
        json!({"type": "response.created", "response": {"id": "resp_0"}}),
        json!({"type": "response.output_item.done", "output_index": 0, "item": item}),
        json!({"type": "response.completed", "response": {"id": "resp_0", "usage": usage}}),
    ];
    all.iter().map(event).collect()
}

fn event(event: &Value) -> String {
    format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default())
}
