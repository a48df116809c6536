//! Results of calls: what the gateway adds to them, and those that it writes itself.

use rmcp::model::{CallToolResult, ContentBlock, JsonObject};
use serde_json::{Map, Value};

/// A result that says that the call failed, and why.
pub fn failure(why: String) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(why)])
}

/// Gives a result the structured content that an override's output schema promises.
///
/// Strict clients refuse a result without it, and its server knows nothing of the promise. What
/// the server sent stays as it is; only when it sent no structured content is its text used: as
/// the object that it spells in JSON, else in the schema's only property, else as `result`.
pub fn keep_promise(result: &mut CallToolResult, schema: &JsonObject) {
    if result.is_error == Some(true) || result.structured_content.is_some() {
        return;
    }
    let text = text_of(result);
    let spelled = serde_json::from_str::<Value>(&text).ok().filter(Value::is_object);
    let structured = spelled.unwrap_or_else(|| {
        let property = only_property(schema).unwrap_or("result");
        Value::Object(Map::from_iter([(property.to_owned(), Value::String(text))]))
    });
    result.structured_content = Some(structured);
}

/// All text of a result, a line between its parts.
pub fn text_of(result: &CallToolResult) -> String {
    let texts = result.content.iter().filter_map(|block| block.as_text());
    texts.map(|text| text.text.as_str()).collect::<Vec<_>>().join("\n")
}

fn only_property(schema: &JsonObject) -> Option<&str> {
    let properties = schema.get("properties")?.as_object()?;
    let mut names = properties.keys();
    names.next().filter(|_| names.next().is_none()).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kept(text: &str, schema: Value) -> Value {
        let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
        keep_promise(&mut result, schema.as_object().unwrap());
        result.structured_content.unwrap_or_default()
    }

    #[test]
    fn text_becomes_what_the_schema_promises() {
        let one = json!({"type":"object","properties":{"output":{"type":"string"}}});
        assert_eq!(kept("hello", one.clone()), json!({"output":"hello"}));
        assert_eq!(kept("hello", json!({})), json!({"result":"hello"}));
        assert_eq!(kept(r#"{"a":1}"#, one), json!({"a":1}));
    }

    #[test]
    fn a_failure_and_structured_content_are_left_alone() {
        let mut result = failure("no".into());
        keep_promise(&mut result, &JsonObject::new());
        assert_eq!(result.structured_content, None);
        let mut result = CallToolResult::structured(json!({"x":1}));
        keep_promise(&mut result, &JsonObject::new());
        assert_eq!(result.structured_content, Some(json!({"x":1})));
    }
}
