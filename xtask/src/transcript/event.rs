//! One line of a transcript, as far as this project looks at it.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value};

/// An event. Fields that are not named here are passed over without being kept.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Event<'a> {
    /// `item.completed`, `turn.failed` and so on.
    #[serde(borrow, rename = "type")]
    pub kind: Cow<'a, str>,
    #[serde(borrow)]
    pub thread_id: Cow<'a, str>,
    #[serde(borrow)]
    pub message: Cow<'a, str>,
    pub usage: Option<Value>,
    pub error: Option<Value>,
    #[serde(borrow)]
    pub item: Option<Item<'a>>,
}

/// The item of an event.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Item<'a> {
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    pub kind: Cow<'a, str>,
    #[serde(borrow)]
    pub server: Cow<'a, str>,
    #[serde(borrow)]
    pub tool: Cow<'a, str>,
    pub arguments: Value,
    #[serde(borrow)]
    pub status: Cow<'a, str>,
    pub result: Option<Value>,
    pub error: Option<Value>,
    pub duration_ms: Value,
    #[serde(borrow)]
    pub message: Cow<'a, str>,
    #[serde(borrow)]
    pub text: Cow<'a, str>,
}

/// Reads a line, leniently: invalid UTF-8 is replaced, and a known field of an unknown form is
/// taken as absent. None if the line is not a JSON object with a type.
pub fn parse(line: &[u8]) -> Option<Event<'_>> {
    // A derived reader would take an array for an object, field by field.
    if line.first() != Some(&b'{') {
        return None;
    }
    let event = serde_json::from_slice(line).ok().or_else(|| parse_slowly(line))?;
    (!event.kind.is_empty()).then_some(event)
}

fn parse_slowly(line: &[u8]) -> Option<Event<'static>> {
    let mut value: Value = serde_json::from_str(&String::from_utf8_lossy(line)).ok()?;
    let fields = value.as_object_mut()?;
    keep_strings(fields, &["type", "thread_id", "message"]);
    match fields.get_mut("item") {
        Some(Value::Object(item)) => {
            let names = ["id", "type", "server", "tool", "status", "message", "text"];
            keep_strings(item, &names);
        }
        _ => drop(fields.remove("item")),
    }
    Event::deserialize(value).ok()
}

/// Turns numbers among the named fields into strings, and drops what is neither.
fn keep_strings(fields: &mut Map<String, Value>, names: &[&str]) {
    for name in names {
        match fields.get(*name) {
            None | Some(Value::String(_)) => {}
            Some(Value::Number(number)) => {
                let text = Value::String(number.to_string());
                fields.insert((*name).to_owned(), text);
            }
            Some(_) => drop(fields.remove(*name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_forms_of_known_fields_are_tolerated() {
        let line =
            br#"{"type":"item.completed","message":{},"item":{"id":7,"type":"x","text":null}}"#;
        let item = parse(line).unwrap().item.unwrap();
        assert_eq!((&*item.id, &*item.kind, &*item.text), ("7", "x", ""));
        assert!(parse(br#"{"type":"a","item":"x"}"#).unwrap().item.is_none());
    }

    #[test]
    fn invalid_utf8_is_replaced() {
        let line = b"{\"type\":\"error\",\"message\":\"a\xffb\"}";
        assert_eq!(parse(line).unwrap().message, "a\u{fffd}b");
    }

    #[test]
    fn what_is_no_event_is_none() {
        for line in
            ["", "null", "1", "[\"error\"]", "{}", "{\"type\":1", "{\"type\":{}}", "warning: {}"]
        {
            assert!(parse(line.as_bytes()).is_none(), "{line}");
        }
    }
}
