//! The messages and headers of both eras of MCP over HTTP.

use std::fmt;

use serde_json::{Value, json};

use super::base64;

/// The version that `initialize` asks for.
pub const SESSION_VERSION: &str = "2025-06-18";
/// The version without sessions: every request stands for itself.
pub const STATELESS_VERSION: &str = "2026-07-28";

/// How a gateway wants to be spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// `initialize` opens a session, which later requests name in a header.
    Session,
    /// No session: each request carries the version and the client in `_meta`.
    Stateless,
    /// The oldest: a stream of events brings the answers to what is posted elsewhere.
    Events,
    /// Over the input and output of a server, which is the session.
    Stdio,
}

impl fmt::Display for Era {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Era::Session => "with a session",
            Era::Stateless => "stateless",
            Era::Events => "with a stream of events",
            Era::Stdio => "over stdio",
        })
    }
}

/// How a gateway has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// The protocol version in use.
    pub version: String,
    /// The era that it belongs to.
    pub era: Era,
}

impl Spoken {
    /// Whether it is spoken without sessions, over HTTP or not.
    pub fn is_stateless(&self) -> bool {
        self.version == STATELESS_VERSION
    }
}

impl fmt::Display for Spoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MCP {} ({})", self.version, self.era)
    }
}

/// A request, with nothing but its method's own parameters.
pub fn request(id: u64, method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
}

/// The first message of a session.
pub fn initialize(id: u64, client_name: &str) -> Value {
    let params = json!({
        "protocolVersion": SESSION_VERSION,
        "capabilities": {},
        "clientInfo": client_info(client_name),
    });
    request(id, "initialize", params)
}

/// What follows the answer to `initialize`.
pub fn initialized() -> Value {
    json!({"jsonrpc": "2.0", "method": "notifications/initialized"})
}

/// The answer to a request of the gateway: a ping is answered, all else is not offered here.
pub fn reply(request: &Value) -> Value {
    let id = request.get("id").cloned().unwrap_or(Value::Null);
    if request.get("method").and_then(Value::as_str) == Some("ping") {
        return json!({"jsonrpc": "2.0", "id": id, "result": {}});
    }
    let error = json!({"code": -32601, "message": "this client only lists and calls tools"});
    json!({"jsonrpc": "2.0", "id": id, "error": error})
}

/// Adds what a stateless request says about itself.
pub fn make_stateless(request: &mut Value, client_name: &str) {
    request["params"]["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": STATELESS_VERSION,
        "io.modelcontextprotocol/clientInfo": client_info(client_name),
        "io.modelcontextprotocol/clientCapabilities": {},
    });
}

/// The headers that repeat parts of a stateless request, as the version demands; `schema` is the
/// input schema of the called tool, whose `x-mcp-header` notes name arguments to repeat.
pub fn stateless_headers(request: &Value, schema: Option<&Value>) -> Vec<(String, String)> {
    let mut headers = vec![header("MCP-Protocol-Version", STATELESS_VERSION)];
    if let Some(method) = request["method"].as_str() {
        headers.push(header("Mcp-Method", method));
    }
    if let Some(name) = request["params"]["name"].as_str() {
        headers.push(header("Mcp-Name", name));
    }
    let properties = schema.and_then(|schema| schema.get("properties")).and_then(Value::as_object);
    for (property, schema) in properties.into_iter().flatten() {
        let Some(suffix) = schema.get("x-mcp-header").and_then(Value::as_str) else { continue };
        if let Some(value) = plain(&request["params"]["arguments"][property]) {
            headers.push(header(&format!("Mcp-Param-{suffix}"), &value));
        }
    }
    headers
}

/// Whether a JSON-RPC error code is one that only a gateway of the stateless era gives.
pub fn is_stateless_code(code: i64) -> bool {
    (-32022..=-32020).contains(&code)
}

fn client_info(name: &str) -> Value {
    json!({"name": name, "version": env!("CARGO_PKG_VERSION")})
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

/// A header whose value is wrapped in base64 when it would not survive the trip as it is.
fn header(name: &str, value: &str) -> (String, String) {
    let visible = value.bytes().all(|byte| (0x20..=0x7e).contains(&byte));
    let wrapped = value.starts_with("=?base64?") && value.ends_with("?=");
    let value = if visible && value.trim() == value && !wrapped {
        value.to_owned()
    } else {
        format!("=?base64?{}?=", base64::encode(value.as_bytes()))
    };
    (name.to_owned(), value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stateless_headers_repeat_the_request() {
        let params = json!({"name": "grün", "arguments": {"region": "eu", "n": 3, "o": {}}});
        let call = request(1, "tools/call", params);
        let schema = json!({"properties": {
            "region": {"x-mcp-header": "Region"}, "n": {"x-mcp-header": "N"},
            "o": {"x-mcp-header": "O"}, "absent": {"x-mcp-header": "Absent"}, "plain": true,
        }});
        let headers = stateless_headers(&call, Some(&schema));
        let expected = [
            ("MCP-Protocol-Version", STATELESS_VERSION),
            ("Mcp-Method", "tools/call"),
            ("Mcp-Name", "=?base64?Z3LDvG4=?="),
            ("Mcp-Param-Region", "eu"),
            ("Mcp-Param-N", "3"),
        ];
        assert_eq!(headers, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_ping_is_answered_and_other_requests_are_declined() {
        let ping = json!({"jsonrpc": "2.0", "id": "p", "method": "ping"});
        assert_eq!(reply(&ping), json!({"jsonrpc": "2.0", "id": "p", "result": {}}));
        let roots = json!({"jsonrpc": "2.0", "id": 4, "method": "roots/list"});
        assert_eq!(reply(&roots)["error"]["code"], -32601);
    }
}
