//! What of a result reaches only some agents' models, although it is right.

use serde_json::Value;
use smoke_core::finding::Name;

use crate::CallResult;

/// What the structured content says and no text does: some agents show their models the text alone.
pub fn one_sided(result: &CallResult) -> Option<(Name, String)> {
    let structured = &result.structured_content;
    let texts: Vec<&str> = blocks(result).filter_map(|block| block["text"].as_str()).collect();
    if structured.is_null() || texts.iter().any(|text| is_json_of(text, structured)) {
        return None;
    }
    let text = texts.join("\n");
    let lost = scalar_outside(structured, &text)?;
    let summary = format!(
        "{} of its structuredContent stands in no text: the models of Gemini CLI, and of opencode beside a \
         text, do not get it; say the same in both",
        crate::excerpt(&lost)
    );
    Some((Name::StructureOnly, summary))
}

/// The kinds of content that some agents drop without a word.
pub fn dropped(result: &CallResult) -> Option<(Name, String)> {
    let mut kinds: Vec<&str> = blocks(result).filter_map(dropped_kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let summary = format!(
        "its result has {}: Copilot CLI, and opencode but for blobs, drop it without a word; say in a text what it is",
        kinds.join(" and ")
    );
    (!kinds.is_empty()).then_some((Name::ContentDropped, summary))
}

fn blocks(result: &CallResult) -> impl Iterator<Item = &Value> {
    result.content.as_array().into_iter().flatten()
}

fn dropped_kind(block: &Value) -> Option<&'static str> {
    match block["type"].as_str()? {
        "audio" => Some("audio"),
        "resource_link" => Some("a resource_link"),
        "resource" if block["resource"]["blob"].is_string() => Some("a blob"),
        _ => None,
    }
}

fn is_json_of(text: &str, structured: &Value) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|value| value == *structured)
}

/// The first text or number that `text` does not have, be it as it is or as JSON writes it.
fn scalar_outside(value: &Value, text: &str) -> Option<String> {
    match value {
        Value::Object(fields) => fields.values().find_map(|field| scalar_outside(field, text)),
        Value::Array(items) => items.iter().find_map(|item| scalar_outside(item, text)),
        Value::String(said) => {
            let written = value.to_string();
            let is_there = text.contains(said) || text.contains(&written[1..written.len() - 1]);
            (!is_there).then_some(written)
        }
        Value::Number(number) => {
            let written = number.to_string();
            let short = written.trim_end_matches(".0");
            (!text.contains(short)).then_some(written)
        }
        // These say little without a word of their own, which a text need not have.
        Value::Bool(_) | Value::Null => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn lost(texts: &[&str], structured: Value) -> bool {
        let blocks: Vec<Value> =
            texts.iter().map(|text| json!({"type": "text", "text": text})).collect();
        let result = json!({"content": blocks, "structuredContent": structured});
        one_sided(&CallResult::new(result)).is_some()
    }

    #[test]
    fn what_both_say_in_whatever_form_is_not_found() {
        let value = json!({"city": "Zürich", "degrees": 5.0, "note": "a\n\"b\"", "dry": true});
        assert!(!lost(&[&value.to_string()], value.clone()));
        assert!(!lost(&["{\"result\": \"\\u00fc\"}"], json!({"result": "ü"})));
        assert!(!lost(&["It is 5 degrees in Zürich, a\n\"b\"."], value));
        // As FastMCP wraps a text and a list.
        assert!(!lost(&["hello"], json!({"result": "hello"})));
        assert!(!lost(&["1", "2"], json!({"result": [1, 2]})));
        assert!(!lost(&["plain"], Value::Null));
    }

    #[test]
    fn what_stands_only_in_the_structure_is_found() {
        assert!(lost(&[], json!({"sum": 5})));
        assert!(lost(&["done"], json!({"rows": [{"name": "x1"}]})));
        assert!(!lost(&["done"], json!({})));
    }

    #[test]
    fn kinds_that_are_dropped_are_told_once() {
        let kinds = json!([{"type": "resource_link", "uri": "a:b"}, {"type": "audio"}, {"type": "audio"},
            {"type": "resource", "resource": {"text": "t"}}, {"type": "image"}]);
        let (name, summary) = dropped(&CallResult::new(json!({"content": kinds}))).unwrap();
        assert_eq!(name, Name::ContentDropped);
        assert!(summary.starts_with("its result has a resource_link and audio: "), "{summary}");
        assert!(dropped(&CallResult::new(json!({"content": [{"type": "text"}]}))).is_none());
    }
}
