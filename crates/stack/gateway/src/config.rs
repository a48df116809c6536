//! The gateway's config, in the form of Stelae's proxy.json.
//!
//! Unknown keys are tolerated, for the file belongs to another stack too; a wrong type is an
//! error with line and column.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use serde::Deserialize;

/// The whole file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Config {
    /// How the gateway itself is served.
    pub mcp_proxy: Proxy,
    /// Where the tool overrides are.
    #[serde(default)]
    pub manifest: Manifest,
    /// The servers by name, in the order of the file.
    #[serde(default)]
    pub mcp_servers: IndexMap<String, Entry>,
}

/// How the gateway itself is served.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Proxy {
    /// `:PORT` or `HOST:PORT`, where HOST is a loopback one; port 0 takes a free one.
    pub addr: String,
    /// The name that clients are told.
    #[serde(default = "default_name")]
    pub name: String,
    /// The version that clients are told.
    #[serde(default = "default_version")]
    pub version: String,
}

/// The part of the manifest that the gateway uses.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The file of tool overrides; none, or a missing file, means no overrides.
    pub tool_overrides_path: Option<Utf8PathBuf>,
}

/// One server. Two equal entries need no restart.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// `stdio`, `http` or `streamable-http`; without it, what the other keys say.
    #[serde(rename = "type")]
    pub transport: Option<String>,
    /// The program of a stdio server.
    pub command: Option<String>,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its variables, besides those that the gateway itself has.
    pub env: BTreeMap<String, String>,
    /// Its folder.
    pub cwd: Option<Utf8PathBuf>,
    /// The address of an HTTP server.
    pub url: Option<String>,
    /// What each request to it carries.
    pub headers: BTreeMap<String, String>,
    /// Limits.
    pub options: Options,
}

/// A server's limits.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// The longest that a call may take, in seconds; 30 without it.
    pub timeout_seconds: Option<f64>,
    /// How long it may take to answer after its start, in seconds; 30 without it.
    pub start_timeout_seconds: Option<f64>,
}

/// A config that cannot be used: the file and what is wrong with it.
#[derive(Debug)]
pub struct Invalid {
    path: Utf8PathBuf,
    reason: String,
}

impl fmt::Display for Invalid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "config {}: {}", self.path, self.reason)
    }
}

impl std::error::Error for Invalid {}

/// Reads a config from the text of `path`.
///
/// # Errors
/// Text that is no JSON, a value of the wrong type, an address that is not on loopback, or a
/// timeout that is no positive number.
pub fn parse(path: &Utf8Path, text: &str) -> Result<Config, Invalid> {
    let config: Config = serde_json::from_str(text).map_err(|e| invalid(path, e.to_string()))?;
    address(&config).map_err(|reason| invalid(path, format!("mcpProxy.addr: {reason}")))?;
    for (name, entry) in &config.mcp_servers {
        let Options { timeout_seconds, start_timeout_seconds } = entry.options;
        let keys =
            [("timeoutSeconds", timeout_seconds), ("startTimeoutSeconds", start_timeout_seconds)];
        for (key, seconds) in keys {
            if seconds.is_some_and(|s| !s.is_finite() || s <= 0.0 || s > 86_400.0) {
                let place = format!("mcpServers.{name}.options.{key}");
                return Err(invalid(path, format!("{place}: must be above 0 and at most 86400")));
            }
        }
    }
    Ok(config)
}

/// The address to bind: always IPv4 loopback.
///
/// # Errors
/// A host that is not loopback, or a port that is no number below 65536.
pub fn address(config: &Config) -> Result<SocketAddr, String> {
    let text = config.mcp_proxy.addr.as_str();
    let (host, port) = text
        .rsplit_once(':')
        .ok_or_else(|| format!("\"{text}\" has no port; write \":PORT\" or \"127.0.0.1:PORT\""))?;
    let port = port.parse().map_err(|_| format!("\"{port}\" is no port; 0 picks a free one"))?;
    if !is_loopback(host) {
        return Err(format!("\"{host}\" is not a loopback host; write \":{port}\""));
    }
    Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
}

/// An [`Invalid`] about `path`.
pub fn invalid(path: &Utf8Path, reason: impl Into<String>) -> Invalid {
    Invalid { path: path.to_owned(), reason: reason.into() }
}

impl Entry {
    /// The longest that a call to this server may take.
    pub fn call_timeout(&self) -> Duration {
        Duration::from_secs_f64(self.options.timeout_seconds.unwrap_or(30.0))
    }

    /// The longest that this server may take to answer `initialize`, and then to list its tools.
    pub fn start_timeout(&self) -> Duration {
        Duration::from_secs_f64(self.options.start_timeout_seconds.unwrap_or(30.0))
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.is_empty()
        || host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn default_name() -> String {
    "stack".to_owned()
}

fn default_version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(addr: &str, servers: &str) -> Result<Config, String> {
        let text = format!("{{\"mcpProxy\":{{\"addr\":\"{addr}\"}},\n\"mcpServers\":{servers}}}");
        parse(Utf8Path::new("/x/proxy.json"), &text).map_err(|invalid| invalid.to_string())
    }

    #[test]
    fn binds_loopback_whatever_the_loopback_host_is_called() {
        for addr in [":0", "127.0.0.1:0", "localhost:0", "[::1]:0", "127.1.2.3:0"] {
            let config = with(addr, "{}").unwrap();
            assert_eq!(address(&config).unwrap().to_string(), "127.0.0.1:0", "{addr}");
        }
        for addr in ["0.0.0.0:80", "example.com:80", "[::]:80"] {
            assert!(with(addr, "{}").unwrap_err().contains("not a loopback host"), "{addr}");
        }
        assert!(with("8080", "{}").unwrap_err().contains("has no port"));
        assert!(with(":99999", "{}").unwrap_err().contains("is no port"));
    }

    #[test]
    fn a_wrong_type_names_file_line_and_column() {
        let error = with(":0", r#"{"a":{"command":5}}"#).unwrap_err();
        assert!(error.starts_with("config /x/proxy.json: invalid type: integer `5`"), "{error}");
        assert!(error.contains("line 2 column"), "{error}");
    }

    #[test]
    fn unknown_keys_are_tolerated_and_the_order_is_kept() {
        let config = with(":0", r#"{"z":{"command":"x","more":1},"a":{"url":"http://h"}}"#);
        let names: Vec<_> = config.unwrap().mcp_servers.into_keys().collect();
        assert_eq!(names, ["z", "a"]);
    }

    #[test]
    fn a_timeout_must_be_positive() {
        for key in ["timeoutSeconds", "startTimeoutSeconds"] {
            let servers = format!(r#"{{"a":{{"options":{{"{key}":0}}}}}}"#);
            let error = with(":0", &servers).unwrap_err();
            assert!(error.contains(&format!("mcpServers.a.options.{key}")), "{error}");
        }
    }
}
