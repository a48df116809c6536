//! A changed config or overrides file takes effect by itself.

use std::fs;

use serde_json::json;

use crate::process::{Gateway, config_path, eventually, serve};

#[test]
fn only_the_servers_that_changed_are_touched() {
    let mut gateway = Gateway::start(json!({"echo": serve("echo"), "dice": serve("dice")}));
    let client = gateway.client();
    assert_eq!(client.names(), ["echo", "dice"]);
    let mut changed = serve("echo");
    changed["env"] = json!({"ANY": "thing"});
    gateway.configure(json!({"clock": serve("clock"), "dice": serve("dice"), "echo": changed}));
    assert_eq!(client.names(), ["clock_now", "dice", "echo"], "the next list is complete");
    gateway.configure(json!({"dice": serve("dice")}));
    assert_eq!(client.names(), ["dice"]);
    assert_eq!(client.call("echo", json!({"text": "x"}))["error"]["code"], -32602);
    gateway.wait_for("server clock: stopped");
    assert!(!gateway.has_logged("server dice: stopped"));
    client.text("dice", json!({}));
}

#[test]
fn a_session_is_told_that_the_list_changed() {
    let gateway = Gateway::start(json!({"echo": serve("echo")}));
    let client = gateway.client();
    client.names();
    let mut events = client.listen();
    gateway.configure(json!({"echo": serve("echo"), "dice": serve("dice")}));
    let told = events.any(|line| line.contains("notifications/tools/list_changed"));
    assert!(told, "the stream ended without the notification");
}

#[test]
fn a_broken_config_leaves_the_last_good_one_in_force() {
    let mut gateway = Gateway::start(json!({"echo": serve("echo")}));
    let client = gateway.client();
    fs::write(config_path(gateway.path()), "{\"mcpProxy\":{\"ad").unwrap();
    gateway.wait_for("the last good one stays in force");
    assert_eq!(client.names(), ["echo"]);
    gateway.configure(json!({"dice": serve("dice")}));
    assert_eq!(client.names(), ["dice"]);
}

#[test]
fn overrides_are_applied_as_they_change() {
    let mut gateway = Gateway::start(json!({"echo": serve("echo"), "dice": serve("dice")}));
    let client = gateway.client();
    assert_eq!(client.names(), ["echo", "dice"]);
    let overrides = json!({"schemaVersion": 2, "servers": {"dice": {"enabled": false},
        "echo": {"tools": {"echo": {"name": "parrot", "description": "Says it again."}}}}});
    let path = gateway.path().join("overrides.json");
    fs::write(&path, overrides.to_string()).unwrap();
    let tools = client.tools();
    assert_eq!((tools.len(), &tools[0]["description"]), (1, &json!("Says it again.")));
    assert_eq!(client.text("parrot", json!({"text": "x"})), "x");
    assert_eq!(client.call("echo", json!({"text": "x"}))["error"]["code"], -32602);
    fs::write(&path, "{").unwrap();
    gateway.wait_for("overrides.json: EOF");
    assert_eq!(client.names(), ["parrot"]);
    fs::remove_file(&path).unwrap();
    eventually("the overrides are gone", || client.names() == ["echo", "dice"]);
}
