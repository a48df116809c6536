//! Who may speak to the gateway, and in which version.

use std::process::Command;

use serde_json::{Value, json};

use crate::client::{post, receive, send};
use crate::process::{Gateway, STACK, serve};

fn initialize() -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"}}})
}

#[test]
fn a_foreign_host_or_origin_is_refused() {
    let gateway = Gateway::start(json!({}));
    let port = gateway.port;
    for (header, value, status) in [
        ("origin", "https://evil.example", 403),
        ("origin", "http://evil.example", 403),
        ("origin", "http://localhost.evil.example", 403),
        ("origin", "https://localhost:6274", 403),
        ("origin", "null", 403),
        ("origin", "http://localhost:6274", 200),
        ("origin", "http://127.0.0.1:1", 200),
        ("host", "evil.example", 403),
        ("host", "127.0.0.1.evil.example", 403),
        ("host", "localhost:1", 200),
    ] {
        let answer = post(port, &[(header, value)], &initialize());
        assert_eq!(answer.status, status, "{header}: {value}: {answer:?}");
    }
}

#[test]
fn only_the_one_path_is_served() {
    let gateway = Gateway::start(json!({}));
    for path in ["/", "/mcp/", "/sse", "/mcp/x", "//mcp"] {
        assert_eq!(
            receive(send(gateway.port, &format!("GET {path}"), "", "")).status,
            404,
            "{path}"
        );
    }
}

#[test]
fn the_version_without_sessions_is_served_too() {
    let gateway = Gateway::start(json!({"echo": serve("echo")}));
    let meta = json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {}});
    let ask = |method: &str, mut params: Value| {
        params["_meta"] = meta.clone();
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let mut headers = vec![("mcp-protocol-version", "2026-07-28"), ("mcp-method", method)];
        if method == "tools/call" {
            headers.push(("mcp-name", "echo"));
        }
        let answer = post(gateway.port, &headers, &message);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("mcp-session-id"), None);
        answer.message()["result"].clone()
    };
    assert_eq!(ask("server/discover", json!({}))["capabilities"]["tools"]["listChanged"], true);
    assert_eq!(ask("tools/list", json!({}))["tools"][0]["name"], "echo");
    let called = ask("tools/call", json!({"name": "echo", "arguments": {"text": "x"}}));
    assert_eq!(called["structuredContent"]["text"], "x");
}

#[test]
fn a_wrong_config_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("proxy.json");
    let run = || Command::new(STACK).arg("gateway").arg("--config").arg(&path).output().unwrap();
    for (text, reason) in [
        (None, "no such file"),
        (Some("{\"mcpProxy\":\n{\"addr\":5}}"), "line 2 column 9"),
        (Some("{\"mcpProxy\":{\"addr\":\"0.0.0.0:0\"}}"), "is not a loopback host"),
    ] {
        if let Some(text) = text {
            std::fs::write(&path, text).unwrap();
        }
        let out = run();
        let stderr = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(path.to_str().unwrap()) && stderr.contains(reason), "{stderr}");
    }
}
