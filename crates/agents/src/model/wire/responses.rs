//! The Responses API of OpenAI.

use serde_json::{Value, json};

use super::{Answer, Outcome, Tool, Wire, Word, id, list, named, pieces, text};

/// The format.
pub const WIRE: Wire = Wire {
    serves: |path| path.ends_with("/responses"),
    tools: |body| list(&body["tools"]).flat_map(tools).collect(),
    results: |body| list(&body["input"]).filter_map(result).collect(),
    streams: |_, body| body["stream"] == true,
    events,
    whole: |answer| response(answer, "completed", Some(&item(answer))),
};

/// A tool, or those of a namespace.
fn tools(value: &Value) -> Vec<Tool> {
    let Some(inner) = value["tools"].as_array() else {
        return Tool::of(value).into_iter().collect();
    };
    let space = text(&value["name"]);
    let inside = |tool| Tool { namespace: Some(space.clone()), ..tool };
    inner.iter().filter_map(Tool::of).map(inside).collect()
}

fn result(item: &Value) -> Option<Outcome> {
    (item["type"] == "function_call_output").then(|| Outcome { id: text(&item["call_id"]) })
}

fn item(answer: &Answer) -> Value {
    match answer.word {
        Word::Text(said) => json!({
            "type": "message", "role": "assistant", "id": "msg_0", "status": "completed",
            "content": [{"type": "output_text", "text": said, "annotations": []}],
        }),
        Word::Call { index, tool, arguments } => {
            let mut item = json!({
                "type": "function_call", "id": format!("fc_{index}"), "call_id": id(*index),
                "name": tool.name, "arguments": arguments.to_string(), "status": "completed",
            });
            if let Some(namespace) = &tool.namespace {
                item["namespace"] = namespace.as_str().into();
            }
            item
        }
    }
}

fn response(answer: &Answer, status: &str, item: Option<&Value>) -> Value {
    let (input, output) = answer.tokens();
    let usage = json!({
        "input_tokens": input, "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": output, "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": input + output,
    });
    json!({
        "id": "resp_0", "object": "response", "created_at": 0, "model": answer.model,
        "status": status, "output": item.into_iter().collect::<Vec<_>>(),
        "usage": if item.is_some() { usage } else { Value::Null },
    })
}

fn events(answer: &Answer) -> String {
    let item = item(answer);
    let mut begun = item.clone();
    begun["status"] = "in_progress".into();
    let key = if item["type"] == "message" { "content" } else { "arguments" };
    begun[key] = if key == "content" { json!([]) } else { "".into() };
    let mut all = vec![
        json!({"type": "response.created", "response": response(answer, "in_progress", None)}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": begun}),
    ];
    all.extend(growth(answer, &item));
    all.push(json!({"type": "response.output_item.done", "output_index": 0, "item": item}));
    let whole = response(answer, "completed", Some(&item));
    all.push(json!({"type": "response.completed", "response": whole}));
    for (number, event) in all.iter_mut().enumerate() {
        event["sequence_number"] = number.into();
    }
    all.iter().map(named).collect()
}

/// How an item becomes what it is.
fn growth(answer: &Answer, item: &Value) -> Vec<Value> {
    let at = |kind: &str, more: Value| {
        let mut event =
            json!({"type": format!("response.{kind}"), "item_id": item["id"], "output_index": 0});
        more.as_object().into_iter().flatten().for_each(|(key, value)| event[key] = value.clone());
        event
    };
    match answer.word {
        Word::Text(said) => {
            let part = |said: &str| json!({"type": "output_text", "text": said, "annotations": []});
            vec![
                at("content_part.added", json!({"content_index": 0, "part": part("")})),
                at("output_text.delta", json!({"content_index": 0, "delta": said})),
                at("output_text.done", json!({"content_index": 0, "text": said})),
                at("content_part.done", json!({"content_index": 0, "part": part(said)})),
            ]
        }
        Word::Call { arguments, .. } => {
            let delta =
                |piece: String| at("function_call_arguments.delta", json!({"delta": piece}));
            let done = json!({"arguments": arguments.to_string()});
            let deltas = pieces(arguments).into_iter().map(delta);
            deltas.chain([at("function_call_arguments.done", done)]).collect()
        }
    }
}
