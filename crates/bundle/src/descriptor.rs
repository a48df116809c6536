//! A server's descriptor, and the gateway entry that it becomes.

use serde_json::{Map, Value, json};

use crate::json_file::kind;
use crate::{Refusal, names};

/// A descriptor whose fields have the right types. What it asks for need not exist.
#[derive(Debug, Default)]
pub struct Descriptor {
    pub name: String,
    pub transport: String,
    pub command: Option<String>,
    pub args: Vec<String>,
    pub env: Map<String, Value>,
    pub cwd: Option<String>,
    pub url: Option<String>,
    pub headers: Map<String, Value>,
    pub description: Option<String>,
    pub source: Option<String>,
    pub tools: Vec<Tool>,
    pub options: Map<String, Value>,
    pub install_ref: Option<String>,
}

/// What a descriptor says about one of its server's tools.
#[derive(Debug, PartialEq)]
pub struct Tool {
    pub name: String,
    pub description: Option<String>,
}

/// A field of the wrong type: its path inside the descriptor, and what is wrong with it.
#[derive(Debug, PartialEq)]
pub struct Fault {
    pub field: String,
    pub what: String,
}

impl Descriptor {
    /// Reads `value` and says which field has the wrong type.
    pub fn parse(value: &Value) -> Result<Self, Fault> {
        let Value::Object(fields) = value else {
            return Err(fault("", format!("expected an object, found {}", kind(value))));
        };
        let text = |key| string(fields, key);
        let name = text("name")?.unwrap_or_default().trim().to_owned();
        if let Some(what) = names::fault(&name) {
            return Err(fault("name", format!("the name {name:?} {what}")));
        }
        Ok(Self {
            name,
            transport: text("transport")?.unwrap_or_default(),
            command: text("command")?,
            args: strings(fields, "args")?,
            env: string_map(fields, "env")?,
            cwd: text("cwd")?.filter(|cwd| !cwd.is_empty()),
            url: text("url")?.filter(|url| !url.is_empty()),
            headers: string_map(fields, "headers")?,
            description: text("description")?.filter(|text| !text.is_empty()),
            source: text("source")?.filter(|text| !text.is_empty()),
            tools: tools(fields)?,
            options: object(fields, "options")?.cloned().unwrap_or_default(),
            install_ref: text("installRef")?.map(|r| r.trim().to_owned()).filter(|r| !r.is_empty()),
        })
    }

    /// Whether the gateway starts the server itself, rather than reaching it by its address.
    pub fn is_local(&self) -> bool {
        self.url.is_none() || matches!(normal_transport(&self.transport), Some("stdio"))
    }

    /// The entry for the gateway's config.
    pub fn entry(&self) -> Result<Value, Refusal> {
        let transport = self.transport()?;
        let mut entry = Map::from_iter([("type".to_owned(), json!(transport))]);
        let mut put = |key: &str, value: Value| entry.insert(key.to_owned(), value);
        if self.is_local() {
            put("command", json!(self.command));
            if !self.args.is_empty() {
                put("args", json!(self.args));
            }
            if !self.env.is_empty() {
                put("env", Value::Object(self.env.clone()));
            }
            if let Some(cwd) = &self.cwd {
                put("cwd", json!(cwd));
            }
        } else {
            put("url", json!(self.url));
            if !self.headers.is_empty() {
                put("headers", Value::Object(self.headers.clone()));
            }
        }
        if !self.options.is_empty() {
            put("options", Value::Object(self.options.clone()));
        }
        Ok(Value::Object(entry))
    }

    fn transport(&self) -> Result<&'static str, Refusal> {
        let transport = normal_transport(&self.transport).ok_or_else(|| {
            Refusal::new(
                format!("its transport {:?} is not known", self.transport),
                "use stdio, http or streamable-http",
            )
        })?;
        if transport == "metadata" {
            return Err(Refusal::new(
                "its descriptor is metadata only and does not say how to start the server",
                "give it a transport, and a command or a url",
            ));
        }
        if self.is_local() && self.command.as_deref().unwrap_or_default().is_empty() {
            let needs = if transport == "stdio" { "a command" } else { "a url or a command" };
            return Err(Refusal::new(
                format!("its descriptor has no {}", needs.trim_start_matches("a ")),
                format!("give it {needs}"),
            ));
        }
        Ok(transport)
    }
}

fn normal_transport(given: &str) -> Option<&'static str> {
    Some(match given.trim().to_lowercase().as_str() {
        "" | "stdio" => "stdio",
        "http" | "https" | "sse" => "http",
        "streamable-http" | "streamable_http" | "streamable" => "streamable-http",
        "metadata" | "meta" => "metadata",
        _ => return None,
    })
}

fn fault(field: impl Into<String>, what: impl Into<String>) -> Fault {
    Fault { field: field.into(), what: what.into() }
}

fn wrong(field: impl Into<String>, expected: &str, found: &Value) -> Fault {
    fault(field, format!("expected {expected}, found {}", kind(found)))
}

fn present<'a>(fields: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    fields.get(key).filter(|value| !value.is_null())
}

fn string(fields: &Map<String, Value>, key: &str) -> Result<Option<String>, Fault> {
    match present(fields, key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(wrong(key, "a string", other)),
    }
}

fn object<'a>(
    fields: &'a Map<String, Value>,
    key: &str,
) -> Result<Option<&'a Map<String, Value>>, Fault> {
    match present(fields, key) {
        None => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(other) => Err(wrong(key, "an object", other)),
    }
}

fn array<'a>(fields: &'a Map<String, Value>, key: &str) -> Result<&'a [Value], Fault> {
    match present(fields, key) {
        None => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(other) => Err(wrong(key, "an array", other)),
    }
}

fn strings(fields: &Map<String, Value>, key: &str) -> Result<Vec<String>, Fault> {
    let items = array(fields, key)?.iter().enumerate();
    items
        .map(|(at, item)| {
            plain(item).ok_or_else(|| wrong(format!("{key}[{at}]"), "a string", item))
        })
        .collect()
}

fn string_map(fields: &Map<String, Value>, key: &str) -> Result<Map<String, Value>, Fault> {
    let Some(object) = object(fields, key)? else { return Ok(Map::new()) };
    let pairs = object.iter().map(|(name, value)| {
        let text = plain(value).ok_or_else(|| wrong(format!("{key}.{name}"), "a string", value))?;
        Ok((name.clone(), Value::String(text)))
    });
    pairs.collect()
}

/// A string, or a number or boolean as the text that Stelae's installer writes for it.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("True".to_owned()),
        Value::Bool(false) => Some("False".to_owned()),
        _ => None,
    }
}

fn tools(fields: &Map<String, Value>) -> Result<Vec<Tool>, Fault> {
    let items = array(fields, "tools")?.iter().enumerate();
    items.map(|(at, item)| tool(item, &format!("tools[{at}]"))).collect()
}

fn tool(item: &Value, place: &str) -> Result<Tool, Fault> {
    let Value::Object(fields) = item else { return Err(wrong(place, "an object", item)) };
    let inside = |fault: Fault| Fault { field: format!("{place}.{}", fault.field), ..fault };
    let name = string(fields, "name").map_err(inside)?.unwrap_or_default().trim().to_owned();
    if name.is_empty() {
        return Err(fault(format!("{place}.name"), "the tool has no name"));
    }
    let description = string(fields, "description").map_err(inside)?;
    Ok(Tool { name, description: description.filter(|text| !text.is_empty()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(value: Value) -> Result<Value, Refusal> {
        Descriptor::parse(&value).unwrap().entry()
    }

    #[test]
    fn maps_each_transport() {
        for (descriptor, expected) in [
            (
                json!({"name": "a", "command": "x", "args": [1, "b"], "env": {"K": true}, "cwd": "/c"}),
                json!({"type": "stdio", "command": "x", "args": ["1", "b"], "env": {"K": "True"}, "cwd": "/c"}),
            ),
            (
                json!({"name": "a", "transport": "SSE", "url": "http://x", "headers": {"H": "v"}, "env": {"K": "v"}}),
                json!({"type": "http", "url": "http://x", "headers": {"H": "v"}}),
            ),
            (
                json!({"name": "a", "transport": "http", "command": "x", "options": {"o": 1}}),
                json!({"type": "http", "command": "x", "options": {"o": 1}}),
            ),
            (
                json!({"name": "a", "transport": "stdio", "command": "x", "url": "http://x"}),
                json!({"type": "stdio", "command": "x"}),
            ),
            (
                json!({"name": "a", "transport": "streamable_http", "url": "http://x", "env": {}}),
                json!({"type": "streamable-http", "url": "http://x"}),
            ),
        ] {
            assert_eq!(entry(descriptor).unwrap(), expected);
        }
    }

    #[test]
    fn refuses_what_cannot_be_started() {
        for (descriptor, reason) in [
            (json!({"name": "a"}), "no command"),
            (json!({"name": "a", "transport": "http"}), "no url or a command"),
            (json!({"name": "a", "transport": "meta", "command": "x"}), "metadata only"),
            (
                json!({"name": "a", "transport": "pigeon", "command": "x"}),
                "\"pigeon\" is not known",
            ),
        ] {
            let refusal = entry(descriptor).unwrap_err();
            assert!(refusal.reason.contains(reason), "{refusal}");
        }
    }

    #[test]
    fn names_the_field_of_the_wrong_type() {
        for (descriptor, field) in [
            (json!([]), ""),
            (json!({"command": "x"}), "name"),
            (json!({"name": "a/b"}), "name"),
            (json!({"name": 7}), "name"),
            (json!({"name": "a", "args": "x"}), "args"),
            (json!({"name": "a", "args": ["x", {}]}), "args[1]"),
            (json!({"name": "a", "env": {"K": null}}), "env.K"),
            (
                json!({"name": "a", "tools": [{"name": "t", "description": 1}]}),
                "tools[0].description",
            ),
            (json!({"name": "a", "options": []}), "options"),
        ] {
            assert_eq!(Descriptor::parse(&descriptor).unwrap_err().field, field);
        }
    }
}
