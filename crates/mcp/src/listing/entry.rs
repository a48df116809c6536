//! One server of a client's list: how it is started or reached.

use anyhow::Result;
use serde_json::{Value, json};

use super::variables::replaced;

/// Where the server listens.
pub fn address(entry: &Value) -> Option<&str> {
    ["url", "serverUrl", "httpUrl"].into_iter().find_map(|key| entry[key].as_str())
}

/// Whether our own gateway can reach the server: it has no TLS.
pub fn is_in_reach(entry: &Value) -> bool {
    address(entry).is_none_or(is_spoken)
}

/// Whether our own gateway speaks what this address asks for.
pub fn is_spoken(address: &str) -> bool {
    !address.to_ascii_lowercase().starts_with("https:")
}

/// What our gateway needs of an entry, with the client's own variables replaced by what `lookup`
/// has. A program runs in the clone.
///
/// # Errors
/// A variable has no value.
pub fn for_gateway(entry: &Value, lookup: &dyn Fn(&str) -> Option<String>) -> Result<Value> {
    let mut made = match address(entry) {
        Some(url) => json!({"type": "http", "url": url}),
        None => json!({"type": "stdio", "command": entry["command"]}),
    };
    for key in ["args", "env", "cwd", "headers"] {
        if !entry[key].is_null() {
            made[key] = entry[key].clone();
        }
    }
    replace(&mut made, lookup)?;
    Ok(made)
}

fn replace(value: &mut Value, lookup: &dyn Fn(&str) -> Option<String>) -> Result<()> {
    match value {
        Value::String(text) => *text = replaced(text, lookup)?,
        Value::Array(items) => items.iter_mut().try_for_each(|item| replace(item, lookup))?,
        Value::Object(fields) => {
            fields.values_mut().try_for_each(|field| replace(field, lookup))?
        }
        // A client takes a number for what it reads like.
        Value::Number(_) | Value::Bool(_) => *value = json!(value.to_string()),
        Value::Null => {}
    }
    Ok(())
}

/// The words of a command line, as a shell without variables reads them. A path that has spaces in it is
/// one word, for no client would start it otherwise.
pub fn words(line: &str) -> Vec<String> {
    if line.starts_with('/') || line.get(1..3) == Some(":\\") {
        return vec![line.to_owned()];
    }
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(characters.next()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
