//! The result of a tool call.

use serde_json::{Value, json};

/// The result of a call that reached its tool, whether the tool succeeded or not.
#[derive(Clone, Debug, PartialEq)]
pub struct CallResult {
    /// Whether the tool says that it failed.
    pub is_error: bool,
    /// The content blocks, an array.
    pub content: Value,
    /// The structured content, null when there is none.
    pub structured_content: Value,
    /// What the tool says about the result, null when it says nothing.
    pub meta: Value,
}

impl CallResult {
    pub(super) fn new(mut result: Value) -> CallResult {
        let mut take = |key| result.get_mut(key).map(Value::take).unwrap_or_default();
        CallResult {
            is_error: take("isError") == Value::Bool(true),
            content: Some(take("content")).filter(Value::is_array).unwrap_or_else(|| json!([])),
            structured_content: take("structuredContent"),
            meta: take("_meta"),
        }
    }

    /// The result as a transcript holds it.
    pub fn to_transcript(&self) -> Value {
        let mut result = json!({"content": self.content});
        if !self.meta.is_null() {
            result["_meta"] = self.meta.clone();
        }
        result["structured_content"] = self.structured_content.clone();
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_a_transcript_holds() {
        let content = json!([{"type": "text", "text": "a"}, {"type": "image"}, {"text": "b"}]);
        let raw = json!({"content": content, "structuredContent": {"a": 1}, "isError": true});
        let result = CallResult::new(raw);
        assert!(result.is_error);
        let expected = json!({"content": content, "structured_content": {"a": 1}});
        assert_eq!(result.to_transcript(), expected);
    }

    #[test]
    fn a_result_without_content_is_empty() {
        let result = CallResult::new(json!("odd"));
        assert_eq!(result.to_transcript(), json!({"content": [], "structured_content": null}));
    }
}
