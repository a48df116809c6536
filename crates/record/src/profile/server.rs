//! `[[server]]` and `[mcp_config]`: the servers of a stack that has no gateway of its own.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::table::Table;

/// A server that our own gateway serves.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerSpec {
    /// Its name.
    pub name: String,
    /// The command of one that is started.
    pub command: Vec<String>,
    /// The variables that it has besides those of the run.
    pub env: Vec<(String, String)>,
    /// The folder to run it in; the clone when not said.
    pub cwd: Option<String>,
    /// The address of one that listens.
    pub url: Option<String>,
    /// What each request to that carries.
    pub headers: Vec<(String, String)>,
    /// How long a call may take.
    pub timeout: Option<Duration>,
    /// How long it may take to answer after its start.
    pub start_timeout: Option<Duration>,
}

/// A file of the clone that lists servers, as MCP clients have them.
#[derive(Clone, Debug, PartialEq)]
pub struct McpConfigSpec {
    /// Where it is in the clone.
    pub path: String,
    /// The servers of it that are meant; all when there are none.
    pub servers: Vec<String>,
}

impl ServerSpec {
    /// Its entry in the gateway's config, with its placeholders.
    pub fn entry(&self) -> Value {
        let object = |pairs: &[(String, String)]| -> Map<String, Value> {
            pairs.iter().map(|(key, value)| (key.clone(), json!(value))).collect()
        };
        let mut entry = match &self.url {
            Some(url) => json!({"type": "http", "url": url, "headers": object(&self.headers)}),
            None => {
                let cwd = self.cwd.as_deref().unwrap_or_default();
                json!({
                    "type": "stdio", "command": self.command.first(),
                    "args": self.command.get(1..), "env": object(&self.env), "cwd": cwd,
                })
            }
        };
        let limits =
            [("timeoutSeconds", self.timeout), ("startTimeoutSeconds", self.start_timeout)];
        for (key, limit) in limits {
            if let Some(limit) = limit {
                entry["options"][key] = json!(limit.as_secs_f64());
            }
        }
        entry
    }
}

/// Reads a `[[server]]`.
///
/// # Errors
/// A key is unknown, missing or of the wrong type, or it is neither started nor reached, or both.
pub fn read(table: Table) -> Result<ServerSpec> {
    let spec = ServerSpec {
        name: table.required_string("name")?,
        command: table.command("command")?.unwrap_or_default(),
        env: table.table("env")?.map_or(Ok(Vec::new()), |table| table.pairs())?,
        cwd: table.string("cwd")?,
        url: table.address("url")?,
        headers: table.headers("headers")?,
        timeout: table.duration("timeout")?,
        start_timeout: table.duration("start_timeout")?,
    };
    if let Some(fault) = fault(&spec) {
        return Err(table.error("name", fault));
    }
    let other = if spec.url.is_some() { ["env", "cwd"] } else { ["headers", "headers"] };
    if let Some(key) = other.into_iter().find(|key| table.has(key)) {
        let message = format!("`{key}` does not go with the way in which this server is reached");
        return Err(table.error(key, &message));
    }
    table.finish()?;
    Ok(spec)
}

/// What is wrong with how the server is reached.
fn fault(spec: &ServerSpec) -> Option<&'static str> {
    match (spec.command.is_empty(), &spec.url) {
        (true, None) => {
            Some("a [[server]] needs a `command` that starts it, or a `url` where it listens")
        }
        (false, Some(_)) => Some("a [[server]] has a `command` or a `url`; leave out one of them"),
        _ => None,
    }
}

/// Reads `[mcp_config]`.
///
/// # Errors
/// A key is unknown, missing or of the wrong type.
pub fn read_mcp_config(table: Table) -> Result<McpConfigSpec> {
    let spec =
        McpConfigSpec { path: table.required_string("path")?, servers: table.strings("servers")? };
    table.finish()?;
    Ok(spec)
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::super::{Profile, read as profile};
    use super::*;

    fn read_server(lines: &str) -> Result<Profile> {
        profile(Utf8Path::new("smoke.toml"), &format!("[[server]]\nname = \"a\"\n{lines}"))
    }

    #[test]
    fn servers_are_enough_for_our_own_gateway() {
        let lines = "command = [\"x\", \"y\"]\ntimeout = \"90s\"\nstart_timeout = \"2min\"\nenv = { A = \"1\" }\n";
        let profile = read_server(lines).unwrap();
        assert!(profile.gateway.own && profile.render.is_some());
        let entry = profile.servers[0].entry();
        assert_eq!((&entry["command"], &entry["args"]), (&json!("x"), &json!(["y"])));
        assert_eq!(entry["options"], json!({"timeoutSeconds": 90.0, "startTimeoutSeconds": 120.0}));
    }

    #[test]
    fn a_placeholder_may_stand_in_an_address() {
        for url in ["http://127.0.0.1:{{ PORT }}/mcp", "{{ FAR:-http://h }}/mcp", "http://h:1"] {
            assert!(read_server(&format!("url='{url}'\n")).is_ok(), "{url}");
        }
        assert!(read_server("url='http://h /mcp'\n").is_err());
    }

    #[test]
    fn what_does_not_fit_together_is_named_with_its_line() {
        let table = [
            ("", "smoke.toml:2:1: a [[server]] needs"),
            ("command=['x']\nurl='http://x'\n", "smoke.toml:2:1: a [[server]] has"),
            (
                "url='https://x'\n",
                "smoke.toml:3:5: `url` must be an address that starts with http://",
            ),
            ("url='http://x'\nheaders={A=\"é\"}\n", "smoke.toml:4:10: header `A`: "),
            ("url='http://x'\ncwd='y'\n", "smoke.toml:4:1: `cwd` does not go"),
            ("command=['x']\n[gateway]\ncommand=['y']\n", "smoke.toml:5:1: [gateway] `command`"),
            ("command=['x']\n[gateway]\nurl='http://x'\n", "smoke.toml:5:1: [gateway] `url`"),
        ];
        for (lines, expected) in table {
            let error = read_server(lines).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
