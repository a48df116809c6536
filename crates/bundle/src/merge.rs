//! The merge of two configs, one laid over the other.

use serde_json::{Map, Value};

/// `over` laid on `base`: objects merge by key, lists are concatenated, anything else is replaced.
pub fn merge(base: Value, over: Value) -> Value {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => Value::Object(merge_objects(base, over)),
        (Value::Array(mut base), Value::Array(over)) => {
            base.extend(over);
            Value::Array(base)
        }
        (_, over) => over,
    }
}

/// [`merge`] for two objects.
pub fn merge_objects(mut base: Map<String, Value>, over: Map<String, Value>) -> Map<String, Value> {
    for (key, value) in over {
        match base.get_mut(&key) {
            Some(slot) => *slot = merge(slot.take(), value),
            None => drop(base.insert(key, value)),
        }
    }
    base
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn follows_the_three_rules() {
        let base = json!({"a": {"x": 1, "y": [1]}, "b": "old", "c": [1]});
        let over = json!({"a": {"y": [2], "z": 3}, "b": ["new"], "d": null});
        let expected =
            json!({"a": {"x": 1, "y": [1, 2], "z": 3}, "b": ["new"], "c": [1], "d": null});
        assert_eq!(merge(base, over), expected);
    }
}
