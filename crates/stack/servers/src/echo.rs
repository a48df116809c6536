//! `echo`: gives back what it was given.

use rmcp::model::{JsonObject, Tool};
use serde::Deserialize;
use serde_json::json;

use super::tool::{self, Answer, Hints, OneTool};

/// The echo.
pub struct Echo;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    text: String,
}

impl OneTool for Echo {
    fn describe(&self) -> Tool {
        let hints = Hints { title: "Echo", read_only: true, destructive: false, idempotent: true };
        let text = json!({"type": "string", "description": "What to give back."});
        let input = json!({"type": "object", "properties": {"text": text}, "required": ["text"],
            "additionalProperties": false});
        let output = json!({"type": "object", "properties": {"text": {"type": "string"}},
            "required": ["text"]});
        tool::tool("echo", "Gives back the text that it was given.", hints, input, output)
    }

    fn call(&self, arguments: JsonObject) -> Result<Answer, String> {
        let Arguments { text } = tool::arguments(arguments)?;
        Ok(Answer { structured: json!({"text": text}), text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(arguments: serde_json::Value) -> Result<Answer, String> {
        Echo.call(arguments.as_object().unwrap().clone())
    }

    #[test]
    fn gives_back_the_text_and_refuses_anything_else() {
        assert_eq!(call(json!({"text": "hé"})).unwrap().text, "hé");
        assert!(call(json!({})).unwrap_err().contains("missing field `text`"));
        assert!(call(json!({"text": "a", "txt": 1})).unwrap_err().contains("unknown field `txt`"));
    }
}
