//! The forms in which clients write their lists, made one: a name, and an entry with `command`,
//! `args`, `env` and `cwd`, or with `url` and `headers`.

use anyhow::{Result, anyhow, bail};
use camino::Utf8Path;
use serde_json::{Map, Value, json};
use smoke_core::toml;
use toml_edit::{Item, Value as Toml};

use super::comments::without_comments;
use super::entry::{address, words};

/// What a file lists.
#[derive(Debug, PartialEq)]
pub enum Listed {
    /// These servers, without those that are switched off.
    Servers(Vec<(String, Value)>),
    /// None: the list is there, and nothing is in it or all of it is switched off.
    Empty,
    /// It has no list.
    None,
}

/// Reads the list of the file at `path`: JSON with or without comments, or TOML.
///
/// # Errors
/// It cannot be read as its name says, or a server is neither started nor reached.
pub fn read(path: &Utf8Path, text: &str) -> Result<Listed> {
    let config = match path.extension() {
        Some("toml") => of_toml(path, text)?,
        _ => serde_json::from_str(&without_comments(text))
            .map_err(|error| anyhow!("{path} is no valid JSON: {error}"))?,
    };
    let Some(found) = list(&config) else { return Ok(Listed::None) };
    let found: Vec<(String, Value)> =
        found.into_iter().map(|(name, entry)| (name, plain(&entry))).collect();
    for (name, entry) in &found {
        if !entry["command"].is_string() && address(entry).is_none() {
            bail!("{path}: server `{name}` has neither a `command` nor a `url`");
        }
    }
    let on: Vec<(String, Value)> = found
        .into_iter()
        .filter(|(_, entry)| entry["disabled"] != true && entry["enabled"] != false)
        .collect();
    Ok(if on.is_empty() { Listed::Empty } else { Listed::Servers(on) })
}

/// The names of a list, each with where it may stand.
const PLACES: [&[&str]; 8] = [
    &["mcpServers"],
    &["servers"],
    &["mcp", "servers"],
    &["mcp_servers"],
    &["context_servers"],
    &["amp.mcpServers"],
    &["mcp"],
    &[],
];

/// The list of a client's config: an object of servers, or a list of them with names.
fn list(config: &Value) -> Option<Vec<(String, Value)>> {
    let at = |place: &[&str]| place.iter().try_fold(config, |value, key| value.get(*key));
    PLACES.iter().find_map(|place| match at(place)? {
        // Without any key around them, only what looks like servers throughout is a list.
        Value::Object(servers) if place.is_empty() || place == &["mcp"] => {
            let all = !servers.is_empty() && servers.values().all(is_server);
            all.then(|| pairs(servers))
        }
        Value::Object(servers) => Some(pairs(servers)),
        Value::Array(servers) if !place.is_empty() => servers.iter().map(named).collect(),
        _ => None,
    })
}

fn pairs(servers: &Map<String, Value>) -> Vec<(String, Value)> {
    servers.iter().map(|(name, entry)| (name.clone(), entry.clone())).collect()
}

fn named(server: &Value) -> Option<(String, Value)> {
    Some((server["name"].as_str()?.to_owned(), server.clone()))
}

/// Whether an object is a server's: started by a command, or reached at an address.
fn is_server(entry: &Value) -> bool {
    let command = &entry["command"];
    command.is_string() || command.is_array() || command.is_object() || address(entry).is_some()
}

/// An entry as most clients have it: a list as its command, a command with its arguments in one text,
/// and an object as its command are taken apart.
fn plain(entry: &Value) -> Value {
    let mut made = entry.clone();
    let (program, arguments) = match &entry["command"] {
        Value::Array(command) => (command.first().cloned(), rest(command)),
        Value::Object(command) => {
            for key in ["env", "cwd"].into_iter().filter(|key| command.contains_key(*key)) {
                made[key] = command[key].clone();
            }
            (command.get("path").cloned(), command.get("args").cloned())
        }
        Value::String(command) if entry["args"].as_array().is_none_or(Vec::is_empty) => {
            let split = words(command);
            (split.first().map(|word| json!(word)), Some(json!(split.get(1..).unwrap_or_default())))
        }
        _ => return renamed(made),
    };
    made["command"] = program.unwrap_or_default();
    if let Some(arguments) = arguments.filter(|list| list.as_array().is_some_and(|l| !l.is_empty()))
    {
        made["args"] = arguments;
    }
    renamed(made)
}

fn rest(command: &[Value]) -> Option<Value> {
    command.get(1..).map(|rest| json!(rest))
}

/// What some clients call otherwise.
fn renamed(mut entry: Value) -> Value {
    for (theirs, ours) in [("environment", "env"), ("http_headers", "headers")] {
        if entry[ours].is_null() && entry[theirs].is_object() {
            entry[ours] = entry[theirs].clone();
        }
    }
    if let Some(variable) = entry["bearer_token_env_var"].as_str() {
        entry["headers"]["Authorization"] = json!(format!("Bearer ${{{variable}}}"));
    }
    entry
}

fn of_toml(path: &Utf8Path, text: &str) -> Result<Value> {
    let parsed = toml::parse(text)
        .map_err(|refusal| anyhow!("{path} is no valid TOML: {}", refusal.message))?;
    Ok(item(parsed.as_item()))
}

fn item(item: &Item) -> Value {
    match item {
        Item::None => Value::Null,
        Item::Value(value) => of_value(value),
        Item::Table(table) => {
            table.iter().map(|(key, inner)| (key.to_owned(), self::item(inner))).collect()
        }
        Item::ArrayOfTables(tables) => {
            tables.iter().map(|table| self::item(&Item::Table(table.clone()))).collect()
        }
    }
}

fn of_value(value: &Toml) -> Value {
    match value {
        Toml::String(text) => json!(text.value()),
        Toml::Integer(number) => json!(number.value()),
        Toml::Float(number) => json!(number.value()),
        Toml::Boolean(truth) => json!(truth.value()),
        Toml::Datetime(time) => json!(time.value().to_string()),
        Toml::Array(list) => list.iter().map(of_value).collect(),
        Toml::InlineTable(table) => {
            table.iter().map(|(key, inner)| (key.to_owned(), of_value(inner))).collect()
        }
    }
}
