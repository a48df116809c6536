//! Documents of the same form, laid over each other entry by entry, so that no more than one entry
//! is parsed at a time.

use std::collections::HashSet;

use serde_json::Value;

use crate::document::Document;
use crate::merge::{merge, merge_objects};

/// Lays each document over those before it. Every entry of the large member goes through `finish`,
/// which may change it and names it, or leaves it out.
pub fn lay(
    layers: Vec<Document>,
    key: &'static str,
    finish: &mut dyn FnMut(&str, &mut Value) -> Option<String>,
) -> Document {
    let mut result = Document::empty(key);
    for name in names(&layers) {
        let values = layers.iter().filter_map(|layer| layer.entries.get(&name));
        let Some(mut value) = values.reduce(merge) else { continue };
        if let Some(name) = finish(&name, &mut value) {
            result.entries.insert(&name, &value);
        }
    }
    for layer in layers {
        result.head = merge_objects(result.head, layer.head);
    }
    result
}

/// The names of all entries, those of the first document first.
fn names(layers: &[Document]) -> Vec<String> {
    let mut seen = HashSet::new();
    let all = layers.iter().flat_map(|layer| layer.entries.in_order());
    all.filter(|name| seen.insert(*name)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;
    use serde_json::json;

    use super::*;

    #[test]
    fn lays_entries_and_the_rest_over_each_other() {
        let read = |value: Value| {
            Document::parse(Utf8Path::new("l.json"), &value.to_string(), "m").unwrap()
        };
        let layers = vec![
            read(json!({"x": 1, "m": {"b": {"k": [1]}, "gone": {}}, "y": 1})),
            read(json!({"m": {"a": {}, "b": {"k": [2]}}, "y": 2})),
        ];
        let laid = lay(layers, "m", &mut |name, value| {
            value["seen"] = json!(true);
            (name != "gone").then(|| name.to_uppercase())
        });
        let expected = r#"{"x":1,"m":{"B":{"k":[1,2],"seen":true},"A":{"seen":true}},"y":2}"#;
        assert_eq!(serde_json::to_string(&laid).unwrap(), expected);
    }
}
