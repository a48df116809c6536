//! The embedded gateway takes a change without a restart.

use std::fs;

use serde_json::{Value, json};
use smoke_tests::Running;
use smoke_tests::binaries::binaries;
use smoke_tests::client;

use crate::stack::Stack;

#[test]
fn a_running_gateway_takes_the_change_without_a_restart() {
    let stack = Stack::new();
    let gateway = start(&stack);
    let finished = stack.place.install(&[]).expect(0).says(&[
        "[bundle] echo updated (template, overrides) in 0.",
        "[bundle] the gateway lists 2 tools\nNew tools: echo\n",
    ]);
    let said = client::call(stack.port, "echo", json!({"text": "hello"}));
    assert!(said.to_string().contains("hello"), "{said}\n{}", finished.shown());
    stack.place.install(&["--remove"]).expect(0).says(&["Tools that are gone: echo\n"]);
    assert!(gateway_lives(gateway));
}

#[test]
fn no_restart_leaves_the_running_stack_as_it_is() {
    let stack = Stack::new();
    let gateway = start(&stack);
    let before = fs::read(stack.config()).unwrap();
    let finished = stack.place.install(&["--no-restart"]).expect(0).says(&["echo updated"]);
    assert!(!finished.stderr.contains("the gateway lists"), "{}", finished.shown());
    assert_eq!(fs::read(stack.config()).unwrap(), before);
    assert!(gateway_lives(gateway));
}

#[test]
fn a_server_that_does_not_come_up_is_named() {
    let stack = Stack::new();
    let gateway = start(&stack);
    stack.place.bundle(json!([{
        "name": "broken", "command": "sh", "args": ["-c", "exit 3"],
        "tools": [{"name": "never", "description": "Never there."}],
    }]));
    let finished = stack.place.install(&["--format", "json", "--restart-timeout", "2"]).expect(3);
    let finished =
        finished.says(&["its tool list lacks never", "[tools-missing]", "Installed: broken"]);
    let object: Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!(
        (&object["installed"], &object["errors"][0]["code"]),
        (&json!(["broken"]), &json!("tools-missing"))
    );
    assert!(gateway_lives(gateway));
}

#[test]
fn without_a_gateway_nothing_waits() {
    let stack = Stack::new();
    stack.place.install(&[]).expect(0).says(&["no gateway is running, so nothing waits for it"]);
    assert_eq!(
        stack.place.json(".state/proxy.json")["mcpServers"]["echo"]["args"],
        json!(["serve", "echo"])
    );
}

#[test]
fn a_placeholder_of_the_template_without_a_value_is_named() {
    let stack = Stack::new();
    let template = stack.clone_folder().join("config/proxy.template.json");
    fs::write(template, r#"{"mcpServers": {"t": {"command": "{{NOWHERE}}"}}}"#).unwrap();
    let before = fs::read(stack.config()).unwrap();
    let finished = stack.place.install(&[]).expect(2);
    finished.says(&["the placeholder {{NOWHERE}} of server t", "has no value [config-invalid]"]);
    assert_eq!(fs::read(stack.config()).unwrap(), before);
}

fn start(stack: &Stack) -> Running {
    let mut command = stack.place.sandbox.command(binaries().stack.as_str());
    command.args(["gateway", "--config", stack.config().as_str()]);
    let running = stack.place.sandbox.run(command);
    stack.wait_until_it_listens();
    running
}

/// Asks it to end, which it can only do if it has not ended yet.
fn gateway_lives(gateway: Running) -> bool {
    gateway.signal(rustix::process::Signal::TERM);
    let finished = gateway.finish();
    finished.code == 0 || finished.code == 143
}
