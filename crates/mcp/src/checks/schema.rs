//! JSON Schema, as far as servers use it for results.
//!
//! A crate for all of it would be more than xtask as a whole has room for. What is checked: `type`, `enum`,
//! `const`, `$ref` within the schema, `allOf`, `anyOf`, `oneOf`, `properties`, `required`,
//! `additionalProperties`, `items`, `prefixItems`, and the bounds of numbers, texts, lists and objects. All else,
//! such as `pattern`, `format` and `not`, is taken to be kept.

use serde_json::{Map, Value};

use crate::excerpt;

/// A schema may refer to itself: deeper than this nothing is looked at.
const DEPTH: usize = 64;

/// The first place at which `value` breaks `schema`, and how.
pub fn fault(schema: &Value, value: &Value) -> Option<String> {
    Check { root: schema, depth: 0 }.fault(schema, value, "")
}

/// A check under way.
#[derive(Clone, Copy)]
struct Check<'a> {
    root: &'a Value,
    depth: usize,
}

impl Check<'_> {
    fn fault(self, schema: &Value, value: &Value, at: &str) -> Option<String> {
        let below = Self { depth: self.depth + 1, ..self };
        match schema {
            Value::Bool(false) => Some(format!("{} may not be there", place(at))),
            Value::Object(rules) if self.depth < DEPTH => of_kind(rules, value, at)
                .or_else(|| below.referred(rules, value, at))
                .or_else(|| below.of_fields(rules, value, at))
                .or_else(|| below.of_items(rules, value, at)),
            _ => None,
        }
    }

    /// What other schemas say, to which this one refers.
    fn referred(self, rules: &Map<String, Value>, value: &Value, at: &str) -> Option<String> {
        let target = rules.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix('#'));
        let target = target.and_then(|pointer| self.root.pointer(pointer));
        let list = |key| rules.get(key).and_then(Value::as_array);
        let breaks = |schema: &Value| self.fault(schema, value, at);
        let all = target.into_iter().chain(list("allOf").into_iter().flatten());
        all.into_iter().find_map(breaks).or_else(|| {
            let any = list("anyOf").filter(|any| any.iter().all(|schema| breaks(schema).is_some()));
            let one = list("oneOf")
                .filter(|one| one.iter().filter(|schema| breaks(schema).is_none()).count() != 1);
            let which = any.map(|_| "any of anyOf").or(one.map(|_| "exactly one of oneOf"))?;
            Some(format!("{} does not fit {which}: {}", place(at), excerpt(&value.to_string())))
        })
    }

    fn of_fields(self, rules: &Map<String, Value>, value: &Value, at: &str) -> Option<String> {
        let fields = value.as_object()?;
        let named = rules.get("properties").and_then(Value::as_object);
        let required = rules.get("required").and_then(Value::as_array).into_iter().flatten();
        let mut missing =
            required.filter_map(Value::as_str).filter(|key| !fields.contains_key(*key));
        if let Some(key) = missing.next() {
            return Some(format!("{} is missing", place(&format!("{at}/{key}"))));
        }
        // Which fields are additional depends on patterns too, which are not looked at.
        let more =
            rules.get("additionalProperties").filter(|_| !rules.contains_key("patternProperties"));
        fields.iter().find_map(|(key, value)| {
            let schema = named.and_then(|named| named.get(key)).or(more)?;
            self.fault(schema, value, &format!("{at}/{key}"))
        })
    }

    fn of_items(self, rules: &Map<String, Value>, value: &Value, at: &str) -> Option<String> {
        let items = value.as_array()?;
        let first = rules.get("prefixItems").and_then(Value::as_array);
        items.iter().enumerate().find_map(|(index, item)| {
            let its = first.and_then(|first| first.get(index)).or(rules.get("items"))?;
            self.fault(its, item, &format!("{at}/{index}"))
        })
    }
}

/// What is wrong with the value by itself.
fn of_kind(rules: &Map<String, Value>, value: &Value, at: &str) -> Option<String> {
    let shown = || excerpt(&value.to_string());
    let types: Vec<&str> = match rules.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !types.is_empty() && !types.iter().any(|kind| is(value, kind)) {
        return Some(format!("{} is {}, not of type {}", place(at), shown(), types.join(" or ")));
    }
    let listed = rules.get("enum").and_then(Value::as_array);
    let only = rules.get("const");
    if listed.is_some_and(|all| !all.contains(value)) || only.is_some_and(|only| only != value) {
        return Some(format!(
            "{} is {}, which is none of the values there may be",
            place(at),
            shown()
        ));
    }
    let bound = broken_bound(rules, value)?;
    Some(format!("{} is {}, beyond its {bound}", place(at), shown()))
}

/// The bound that a value does not keep.
fn broken_bound(rules: &Map<String, Value>, value: &Value) -> Option<&'static str> {
    let (size, [least, most]) = match value {
        Value::Number(number) => (number.as_f64()?, ["minimum", "maximum"]),
        Value::String(text) => (text.chars().count() as f64, ["minLength", "maxLength"]),
        Value::Array(items) => (items.len() as f64, ["minItems", "maxItems"]),
        Value::Object(fields) => (fields.len() as f64, ["minProperties", "maxProperties"]),
        Value::Null | Value::Bool(_) => return None,
    };
    let limit = |key: &str| rules.get(key).and_then(Value::as_f64);
    let breaks = [
        (least, limit(least).is_some_and(|limit| size < limit)),
        (most, limit(most).is_some_and(|limit| size > limit)),
        (
            "exclusiveMinimum",
            value.is_number() && limit("exclusiveMinimum").is_some_and(|limit| size <= limit),
        ),
        (
            "exclusiveMaximum",
            value.is_number() && limit("exclusiveMaximum").is_some_and(|limit| size >= limit),
        ),
    ];
    breaks.into_iter().find(|(_, broken)| *broken).map(|(name, _)| name)
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        // One of a later version.
        _ => true,
    }
}

fn place(at: &str) -> String {
    if at.is_empty() { "it".to_owned() } else { format!("`{}`", excerpt(&at[1..])) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_held_to_what_is_checked() {
        let table = [
            (json!({"type": "integer"}), json!(5), json!("5")),
            (json!({"type": "integer"}), json!(5.0), json!(5.5)),
            (json!({"type": ["string", "null"]}), json!(null), json!(1)),
            (json!({"enum": ["a", 1]}), json!(1), json!("b")),
            (json!({"const": {"a": 1}}), json!({"a": 1}), json!({"a": 2})),
            (json!({"required": ["a"]}), json!({"a": null}), json!({})),
            (json!({"properties": {"a": {"type": "string"}}}), json!({"b": 1}), json!({"a": 1})),
            (
                json!({"properties": {"a": {}}, "additionalProperties": false}),
                json!({"a": 1}),
                json!({"b": 1}),
            ),
            (
                json!({"additionalProperties": {"type": "number"}}),
                json!({"x": 1}),
                json!({"x": "1"}),
            ),
            (json!({"items": {"type": "number"}}), json!([1, 2]), json!([1, "2"])),
            (
                json!({"prefixItems": [{"type": "string"}], "items": false}),
                json!(["a"]),
                json!(["a", 1]),
            ),
            (json!({"anyOf": [{"type": "string"}, {"minimum": 3}]}), json!(4), json!(2)),
            (json!({"oneOf": [{"type": "number"}, {"maximum": 3}]}), json!(4), json!(2)),
            (json!({"allOf": [{"minimum": 1}, {"maximum": 3}]}), json!(2), json!(4)),
            (json!({"exclusiveMinimum": 1}), json!(2), json!(1)),
            (json!({"maxLength": 2}), json!("éé"), json!("abc")),
            (json!({"minItems": 1}), json!([1]), json!([])),
            (json!({"$ref": "#/$defs/n", "$defs": {"n": {"type": "null"}}}), json!(null), json!(0)),
        ];
        for (schema, good, bad) in table {
            assert_eq!(fault(&schema, &good), None, "{schema} {good}");
            assert!(fault(&schema, &bad).is_some(), "{schema} {bad}");
        }
    }

    #[test]
    fn the_place_of_a_fault_is_told() {
        let schema = json!({"type": "object", "properties": {"a": {"items": {"type": "integer"}}}});
        let told = fault(&schema, &json!({"a": [1, "x"]})).unwrap();
        assert_eq!(told, "`a/1` is \"x\", not of type integer");
    }

    #[test]
    fn what_is_not_checked_and_what_never_ends_are_taken_to_be_kept() {
        let endless = json!({"$ref": "#"});
        assert_eq!(fault(&endless, &json!(1)), None);
        for schema in
            [json!({"pattern": "^a"}), json!({"$ref": "other.json"}), json!({"type": "new"})]
        {
            assert_eq!(fault(&schema, &json!("b")), None, "{schema}");
        }
        let patterns = json!({"patternProperties": {"^x": {}}, "additionalProperties": false});
        assert_eq!(fault(&patterns, &json!({"x1": 1})), None);
    }

    #[test]
    fn holds_against_whatever_is_a_schema() {
        let schema: &[u8] =
            br##"{"type":"object","properties":{"a":{"$ref":"#"}},"anyOf":[{"minimum":1}]}"##;
        smoke_core::fuzz::hold(&[schema], |bytes| {
            if let Ok(value) = serde_json::from_slice(bytes) {
                let _ = fault(&value, &value);
            }
        });
    }
}
