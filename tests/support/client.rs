//! An MCP client over plain sockets, as a person's own client might be one.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::wait::BOUND;

/// Calls a tool of the gateway at `port` in a session of its own, and returns the result.
///
/// # Panics
/// The gateway does not answer as MCP says.
pub fn call(port: u16, tool: &str, arguments: Value) -> Value {
    let hello = json!({"protocolVersion": "2025-06-18", "capabilities": {},
        "clientInfo": {"name": "a person's client", "version": "1"}});
    let (head, _) = post(port, "", &request(0, "initialize", hello));
    let session = head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case("mcp-session-id").then(|| value.trim().to_owned())
    });
    let session = format!("mcp-session-id: {}\r\n", session.unwrap());
    post(port, &session, &json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    let params = json!({"name": tool, "arguments": arguments});
    let (_, body) = post(port, &session, &request(1, "tools/call", params));
    let mut data = body.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim);
    let text = data.rfind(|data| !data.is_empty()).unwrap_or(&body);
    serde_json::from_str::<Value>(text).unwrap()["result"].take()
}

fn request(id: u64, method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
}

/// HTTP 1.0 has neither chunks nor connections that stay open.
fn post(port: u16, headers: &str, message: &Value) -> (String, String) {
    let body = message.to_string();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(BOUND)).unwrap();
    write!(
        stream,
        "POST /mcp HTTP/1.0\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}
