//! The API of Gemini.

use serde_json::{Value, json};

use super::{Answer, Outcome, Tool, Wire, Word, data, id, list, text};

/// The format.
pub const WIRE: Wire = Wire {
    serves: |path| path.ends_with(":generateContent") || path.ends_with(":streamGenerateContent"),
    tools: |body| {
        let declared = list(&body["tools"]).flat_map(|tool| list(&tool["functionDeclarations"]));
        declared.filter_map(Tool::of).collect()
    },
    results: |body| {
        let parts = list(&body["contents"]).flat_map(|content| list(&content["parts"]));
        parts.filter_map(|part| result(&part["functionResponse"])).collect()
    },
    streams: |path, _| path.ends_with(":streamGenerateContent"),
    events: |answer| data(&whole(answer)),
    whole,
};

fn result(response: &Value) -> Option<Outcome> {
    response.is_object().then(|| Outcome { id: text(&response["id"]) })
}

/// One event has all of it: this service sends calls whole.
fn whole(answer: &Answer) -> Value {
    let part = match answer.word {
        Word::Text(said) => json!({"text": said}),
        Word::Call { index, tool, arguments } => {
            json!({"functionCall": {"id": id(*index), "name": tool.name, "args": arguments}})
        }
    };
    let (input, output) = answer.tokens();
    json!({
        "candidates": [{
            "index": 0, "content": {"role": "model", "parts": [part]}, "finishReason": "STOP",
        }],
        "usageMetadata": {
            "promptTokenCount": input, "candidatesTokenCount": output,
            "totalTokenCount": input + output,
        },
        "modelVersion": answer.model, "responseId": "r0",
    })
}
