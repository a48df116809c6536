//! The servers that can be installed: a list in a file, and those that are in this binary.

use std::fs;
use std::io::ErrorKind;

use anyhow::{Context, Result, bail};
use camino::Utf8Path;
use serde_json::{Value, json};
use smoke_core::files::{PRIVATE, write_atomic};

/// The descriptors in the file at `path`; the built-in ones when there is no file.
///
/// # Errors
/// A file that cannot be read, or that is not a list of descriptors.
pub fn read(path: &Utf8Path) -> Result<Vec<Value>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(built_in()),
        Err(error) => return Err(error).with_context(|| format!("read {path}")),
    };
    let value: Value = serde_json::from_str(&text).with_context(|| format!("parse {path}"))?;
    match value {
        Value::Array(servers) => Ok(servers),
        Value::Object(mut object) => match object.remove("servers") {
            Some(Value::Array(servers)) => Ok(servers),
            _ => bail!("{path}: expected a list of descriptors, or an object with \"servers\""),
        },
        _ => bail!("{path}: expected a list of descriptors"),
    }
}

/// What is in the file, with the built-in servers that it lacks.
///
/// # Errors
/// See [`read`].
pub fn known(path: &Utf8Path) -> Result<Vec<Value>> {
    let mut servers = read(path)?;
    for server in built_in() {
        if find(&servers, name(&server)).is_none() {
            servers.push(server);
        }
    }
    Ok(servers)
}

/// Writes the list.
///
/// # Errors
/// Any failure to write; the file is then unchanged.
pub fn write(path: &Utf8Path, servers: &[Value]) -> Result<()> {
    let mut text = serde_json::to_string_pretty(servers).context("write the discovery list")?;
    text.push('\n');
    write_atomic(path, text.as_bytes(), PRIVATE).with_context(|| format!("write {path}"))
}

/// The descriptor of that name.
pub fn find<'a>(servers: &'a [Value], wanted: &str) -> Option<&'a Value> {
    servers.iter().find(|server| name(server) == wanted)
}

/// A descriptor's name; empty when it has none.
pub fn name(server: &Value) -> &str {
    server.get("name").and_then(Value::as_str).unwrap_or_default()
}

fn built_in() -> Vec<Value> {
    vec![
        descriptor("clock", "Tells the time.", "clock_now"),
        descriptor("echo", "Gives back the text that it was given.", "echo"),
        descriptor("dice", "Throws dice.", "dice"),
    ]
}

fn descriptor(name: &str, text: &str, tool: &str) -> Value {
    json!({"name": name, "transport": "stdio", "command": "{{STACK_BIN}}",
        "args": ["serve", name], "description": text, "source": "embedded",
        "tools": [{"name": tool, "description": text}]})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_counts_and_the_built_in_servers_fill_it_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join("found.json");
        assert_eq!(read(&path).unwrap().len(), 3);
        write(&path, &[json!({"name": "echo", "command": "mine"})]).unwrap();
        assert_eq!(read(&path).unwrap().len(), 1);
        let known = known(&path).unwrap();
        assert_eq!(known.iter().map(name).collect::<Vec<_>>(), ["echo", "clock", "dice"]);
        assert_eq!(find(&known, "echo").unwrap()["command"], "mine");
        fs::write(&path, "5").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("found.json: expected a list"));
    }
}
