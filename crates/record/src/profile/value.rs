//! Values of a TOML file as JSON.

use serde_json::Value;
use toml_edit::Item;

/// The value, with all that is in it; none of one that JSON has no form for.
pub fn json(item: &Item) -> Option<Value> {
    match item {
        Item::Value(value) => plain(value),
        Item::Table(table) => object(table.iter()),
        _ => None,
    }
}

fn plain(value: &toml_edit::Value) -> Option<Value> {
    match value {
        toml_edit::Value::String(text) => Some(Value::from(text.value().as_str())),
        toml_edit::Value::Integer(number) => Some(Value::from(*number.value())),
        toml_edit::Value::Float(number) => Some(Value::from(*number.value())),
        toml_edit::Value::Boolean(flag) => Some(Value::from(*flag.value())),
        toml_edit::Value::Datetime(time) => Some(Value::from(time.value().to_string())),
        toml_edit::Value::Array(list) => {
            list.iter().map(plain).collect::<Option<_>>().map(Value::Array)
        }
        toml_edit::Value::InlineTable(table) => {
            let pair =
                |(key, value): (&str, &toml_edit::Value)| Some((key.to_owned(), plain(value)?));
            table.iter().map(pair).collect::<Option<_>>().map(Value::Object)
        }
    }
}

fn object<'a>(items: impl Iterator<Item = (&'a str, &'a Item)>) -> Option<Value> {
    let pair = |(key, item): (&str, &'a Item)| Some((key.to_owned(), json(item)?));
    items.map(pair).collect::<Option<_>>().map(Value::Object)
}

#[cfg(test)]
mod tests {
    use toml_edit::DocumentMut;

    use super::*;

    #[test]
    fn values_become_json() {
        let text = "v = {a = [1, 2.5, true], b = \"x\"}\n[t]\nc = {d = 1}\n[[l]]\n";
        let file: DocumentMut = text.parse().unwrap();
        let expected = serde_json::json!({"a": [1, 2.5, true], "b": "x"});
        assert_eq!(json(&file["v"]), Some(expected));
        assert_eq!(json(&file["t"]), Some(serde_json::json!({"c": {"d": 1}})));
        assert_eq!(json(&file["l"]), None);
    }
}
