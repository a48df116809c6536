//! Listing and calling.

use std::fs;

use serde_json::{Value, json};

use crate::process::{Gateway, STACK, serve};

#[test]
fn the_tools_of_all_servers_are_listed_and_called_together() {
    let gateway = Gateway::start(json!({"echo": serve("echo"), "dice": serve("dice"),
        "twin": serve("echo")}));
    let client = gateway.client();
    let tools = client.tools();
    let listed: Vec<_> =
        tools.iter().map(|t| (&t["name"], &t["_meta"]["io.clone-smoke/server"])).collect();
    let expected = [("echo", "echo"), ("dice", "dice"), ("twin_echo", "twin")];
    let expected = expected.map(|(tool, server)| (json!(tool), json!(server)));
    assert_eq!(listed, expected.each_ref().map(|(tool, server)| (tool, server)));
    assert_eq!(tools[0]["annotations"]["readOnlyHint"], true);
    assert_eq!(client.text("echo", json!({"text": "hä"})), "hä");
    assert_eq!(client.text("twin_echo", json!({"text": "two"})), "two");
    let wrong = client.failure("echo", json!({"texd": 1}));
    assert!(wrong.contains("unknown field `texd`"), "{wrong}");
}

#[test]
fn a_tool_that_is_not_listed_is_a_protocol_error() {
    let gateway = Gateway::start(json!({"echo": serve("echo")}));
    let client = gateway.client();
    let answer = client.call("nope", json!({}));
    assert_eq!(answer["error"]["code"], -32602, "{answer}");
    assert_eq!(client.request("ping", json!({}))["result"], json!({}));
    assert_eq!(client.request("resources/list", json!({}))["error"]["code"], -32601);
}

#[test]
fn the_files_server_stays_below_its_root() {
    let entry = |folder: &str| json!({"command": STACK, "args": ["serve", "fs", "--root", folder]});
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("in"), "inside").unwrap();
    fs::write(folder.path().join("out"), "outside").unwrap();
    std::os::unix::fs::symlink("../out", root.join("link")).unwrap();
    let gateway = Gateway::start(json!({"fs": entry(root.to_str().unwrap())}));
    let client = gateway.client();
    let read = |path: &str| json!({"operation": "read_file", "path": path});
    assert_eq!(client.text("workspace_fs_read", read("in")), "inside");
    for path in ["../out", "link", "/etc/passwd", "in/../../out"] {
        let refused = client.failure("workspace_fs_read", read(path));
        assert!(refused.contains("leads outside the root"), "{path}: {refused}");
    }
}

#[test]
fn finished_calls_are_recorded() {
    let gateway = Gateway::start_with(json!({"echo": serve("echo")}), |folder, command| {
        command.env("STELAE_CALL_LOG", folder.join("calls.jsonl"));
    });
    let client = gateway.client();
    client.text("echo", json!({"text": "a"}));
    client.failure("echo", json!({}));
    client.call("nope", json!({}));
    let log = fs::read_to_string(gateway.path().join("calls.jsonl")).unwrap();
    let calls: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let status: Vec<_> = calls.iter().map(|call| call["status"].as_str().unwrap()).collect();
    assert_eq!(status, ["completed", "failed", "failed"]);
    assert_eq!(calls[0]["server"], "echo");
    assert_eq!(calls[0]["arguments"], json!({"text": "a"}));
    assert_eq!(calls[0]["client"]["name"], "test");
    assert_eq!(calls[0]["result"]["content"][0]["text"], "a");
    assert_eq!(
        (&calls[2]["server"], &calls[2]["error"]),
        (&Value::Null, &json!("Unknown tool: nope"))
    );
}

#[test]
fn a_gateway_can_be_a_server_of_another() {
    let inner = Gateway::start(json!({"echo": serve("echo")}));
    let url = format!("http://127.0.0.1:{}/mcp", inner.port);
    let outer = Gateway::start(json!({"inner": {"type": "streamable-http", "url": url,
        "headers": {"Accept": "text/event-stream", "X-More": "1"}},
        "safe": {"type": "http", "url": "https://127.0.0.1:1/mcp"}}));
    let client = outer.client();
    assert_eq!(client.names(), ["echo"]);
    assert_eq!(client.text("echo", json!({"text": "through two"})), "through two");
}
