//! The files in which MCP clients list their servers: `.mcp.json` and its like.

use anyhow::{Result, anyhow, bail};
use camino::Utf8Path;
use serde_json::{Map, Value, json};
use smoke_core::environment::names_a_secret;

/// The servers in the text of the file at `path`, in their order, but for those that are switched
/// off. Clients write them below `mcpServers`, or below `servers`, alone or in `mcp`.
///
/// # Errors
/// It is no JSON, lists no servers, or one of them is neither started nor reached.
pub fn servers(path: &Utf8Path, text: &str) -> Result<Vec<(String, Value)>> {
    let config: Value = serde_json::from_str(&without_comments(text))
        .map_err(|error| anyhow!("{path} is no valid JSON: {error}"))?;
    let places = [&config["mcpServers"], &config["servers"], &config["mcp"]["servers"]];
    let Some(found) = places.into_iter().find_map(Value::as_object) else {
        bail!("{path} lists no servers: it has neither `mcpServers` nor `servers`");
    };
    for (name, entry) in found {
        if !entry["command"].is_string() && address(entry).is_none() {
            bail!("{path}: server `{name}` has neither a `command` nor a `url`");
        }
    }
    let on = found.iter().filter(|(_, entry)| entry["disabled"] != true);
    Ok(on.map(|(name, entry)| (name.clone(), entry.clone())).collect())
}

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

/// `${NAME}`, `${NAME:-default}`, `${env:NAME}` and `${input:name}` by their values.
fn replaced(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String> {
    let mut replaced = String::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once("${") {
        let Some((name, after)) = tail.split_once('}') else { break };
        replaced.push_str(before);
        replaced.push_str(&value(name, lookup)?);
        rest = after;
    }
    replaced.push_str(rest);
    Ok(replaced)
}

fn value(name: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String> {
    let variable = variable(name);
    let (variable, default) = match variable.split_once(":-") {
        Some((variable, default)) => (variable, Some(default.to_owned())),
        None => (variable.as_str(), None),
    };
    lookup(variable).or(default).ok_or_else(|| {
        anyhow!("`${{{name}}}` has no value; set {variable} in [env] of the profile")
    })
}

/// The variable that holds what a client's own variable means.
pub fn variable(name: &str) -> String {
    match name {
        "workspaceFolder" | "workspaceRoot" | "CLAUDE_PROJECT_DIR" => "STELAE_DIR".to_owned(),
        "userHome" => "HOME".to_owned(),
        "pathSeparator" | "/" => "/:-/".to_owned(),
        _ => match name.split_once(':') {
            Some(("env", variable)) => variable.to_owned(),
            Some(("input", asked)) => upper(asked),
            _ => name.to_owned(),
        },
    }
}

/// A name as variables have it.
pub fn upper(name: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    name.chars().map(fits).collect()
}

/// The values in the variables and headers of an entry that are secrets, by their names.
pub fn secrets(entry: &Value) -> impl Iterator<Item = &str> {
    let pairs = ["env", "headers"].into_iter().filter_map(|key| entry[key].as_object()).flatten();
    let secret = pairs.filter(|(name, _)| is_secret_name(name));
    let values = secret.filter_map(|(_, value)| value.as_str());
    values.filter(|value| !value.contains("${") && !value.contains("{{"))
}

/// Whether a variable, a header or a flag of this name holds a secret.
pub fn is_secret_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let words = ["auth", "cookie", "token", "secret", "password", "apikey", "credential"];
    names_a_secret(name) || words.iter().any(|word| lower.contains(word))
}

/// Clients allow comments, and commas after the last item.
fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '"' => string_length(rest),
            '/' if rest.starts_with("//") => {
                rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
                continue;
            }
            '/' if rest.starts_with("/*") => {
                rest = rest.split_once("*/").map_or("", |(_, after)| after);
                continue;
            }
            '}' | ']' => {
                let end = kept.trim_end().len();
                if kept[..end].ends_with(',') {
                    kept.truncate(end - 1);
                }
                1
            }
            other => other.len_utf8(),
        };
        kept.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    kept
}

/// The length of the JSON string that `text` begins with, in bytes.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The template of our own gateway's config, which serves `servers`.
pub fn template(name: &str, servers: Map<String, Value>) -> Value {
    json!({
        "mcpProxy": {"addr": ":{{PROXY_PORT}}", "name": name, "type": "streamable-http"},
        "manifest": {"toolOverridesPath": "{{TOOL_OVERRIDES_PATH}}"},
        "mcpServers": servers,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(key: &str) -> Option<String> {
        [("STELAE_DIR", "/ws"), ("API_KEY", "k"), ("A", "1")]
            .into_iter()
            .find(|(known, _)| *known == key)
            .map(|(_, value)| value.to_owned())
    }

    fn read(text: &str) -> Result<Vec<(String, Value)>> {
        servers(Utf8Path::new(".mcp.json"), text)
    }

    #[test]
    fn every_client_writes_them_in_its_own_place() {
        let one = r#"{"a":{"command":"x"}}"#;
        for text in [
            format!(r#"{{"mcpServers":{one}}}"#),
            format!("// mine\n{{\"servers\":{one},/* and */}}"),
            format!(r#"{{"mcp":{{"servers":{one}}}}}"#),
        ] {
            assert_eq!(read(&text).unwrap()[0].0, "a", "{text}");
        }
    }

    #[test]
    fn what_is_in_a_string_is_no_comment() {
        let text = r#"{"servers":{"a":{"url":"http://x/\"//y,]"}}}"#;
        assert_eq!(address(&read(text).unwrap()[0].1), Some("http://x/\"//y,]"));
    }

    #[test]
    fn one_that_is_switched_off_is_left_out_and_a_broken_one_is_named() {
        let off = r#"{"servers":{"a":{"command":"x","disabled":true}}}"#;
        assert!(read(off).unwrap().is_empty());
        let table = [
            ("{", "no valid JSON"),
            ("{}", "lists no servers"),
            (r#"{"servers":{"b":{}}}"#, "`b`"),
        ];
        for (text, expected) in table {
            let error = read(text).unwrap_err().to_string();
            assert!(error.starts_with(".mcp.json") && error.contains(expected), "{error}");
        }
    }

    #[test]
    fn the_clients_variables_are_replaced() {
        let entry = json!({"command": "x", "args": ["${workspaceFolder}/y", "${B:-2}", 3],
                           "env": {"K": "${input:api-key}", "A": "${env:A}"}});
        let made = for_gateway(&entry, &lookup).unwrap();
        assert_eq!(made["args"], json!(["/ws/y", "2", "3"]));
        assert_eq!(made["env"], json!({"K": "k", "A": "1"}));
        let missing = for_gateway(&json!({"url": "http://${NOBODY}"}), &lookup).unwrap_err();
        assert!(missing.to_string().contains("set NOBODY in [env]"), "{missing}");
    }
}
