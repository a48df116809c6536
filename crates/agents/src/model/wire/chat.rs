//! The Chat Completions API, which many services have taken over from OpenAI.

use serde_json::{Value, json};

use super::{Answer, Outcome, Tool, Wire, Word, data, id, list, pieces, text};

/// The format.
pub const WIRE: Wire = Wire {
    serves: |path| path.ends_with("/chat/completions"),
    tools: |body| list(&body["tools"]).filter_map(|tool| Tool::of(&tool["function"])).collect(),
    results: |body| list(&body["messages"]).filter_map(result).collect(),
    streams: |_, body| body["stream"] == true,
    events,
    whole,
};

fn result(message: &Value) -> Option<Outcome> {
    (message["role"] == "tool").then(|| Outcome { id: text(&message["tool_call_id"]) })
}

fn usage(answer: &Answer) -> Value {
    let (input, output) = answer.tokens();
    json!({"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output})
}

fn finish(answer: &Answer) -> &'static str {
    if matches!(answer.word, Word::Text(_)) { "stop" } else { "tool_calls" }
}

fn call(index: usize, tool: &Tool, arguments: &str) -> Value {
    let function = json!({"name": tool.name, "arguments": arguments});
    json!({"index": 0, "id": id(index), "type": "function", "function": function})
}

fn whole(answer: &Answer) -> Value {
    let message = match answer.word {
        Word::Text(said) => json!({"role": "assistant", "content": said}),
        Word::Call { index, tool, arguments } => json!({
            "role": "assistant", "content": null,
            "tool_calls": [call(*index, tool, &arguments.to_string())],
        }),
    };
    json!({
        "id": "chatcmpl-0", "object": "chat.completion", "created": 0, "model": answer.model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish(answer)}],
        "usage": usage(answer),
    })
}

fn events(answer: &Answer) -> String {
    let chunk = |choices: Value| {
        json!({
            "id": "chatcmpl-0", "object": "chat.completion.chunk", "created": 0,
            "model": answer.model, "choices": choices,
        })
    };
    let delta = |delta: Value, finish: Option<&str>| {
        chunk(json!([{"index": 0, "delta": delta, "finish_reason": finish}]))
    };
    let mut all = match answer.word {
        Word::Text(said) => vec![delta(json!({"role": "assistant", "content": said}), None)],
        Word::Call { index, tool, arguments } => {
            let first = json!({
                "role": "assistant", "content": null, "tool_calls": [call(*index, tool, "")],
            });
            let more = |piece: String| {
                let piece = json!({"index": 0, "function": {"arguments": piece}});
                delta(json!({"tool_calls": [piece]}), None)
            };
            let rest = pieces(arguments).into_iter().map(more);
            [delta(first, None)].into_iter().chain(rest).collect()
        }
    };
    all.push(delta(json!({}), Some(finish(answer))));
    let mut last = chunk(json!([]));
    last["usage"] = usage(answer);
    all.push(last);
    all.iter().map(data).chain(["data: [DONE]\n\n".to_owned()]).collect()
}
