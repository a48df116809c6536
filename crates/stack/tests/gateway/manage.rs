//! Servers installed and removed while the gateway serves.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};

use crate::client::Client;
use crate::process::{Gateway, STACK, config_path};

/// A gateway whose config is rendered in a config home, with only the integrator in it.
struct Stack {
    gateway: Gateway,
    home: Utf8PathBuf,
}

impl Stack {
    fn start() -> Stack {
        Stack::start_with(|_| {})
    }

    fn start_with(change: impl FnOnce(&mut Command)) -> Stack {
        let template = concat!(env!("CARGO_MANIFEST_DIR"), "/config/proxy.template.json");
        let entry = json!({"command": STACK, "args": ["serve", "integrator"]});
        let mut home = Utf8PathBuf::new();
        let gateway = Gateway::start_with(json!({"integrator": entry}), |folder, command| {
            home = folder.join("home");
            environment(folder, command).env("STELAE_PROXY_TEMPLATE", template);
            change(command);
        });
        Stack { gateway, home }
    }

    fn manage(&self, client: &Client, arguments: Value) -> Value {
        let answer = client.call("manage_stelae", arguments);
        let result = &answer["result"]["structuredContent"];
        assert_eq!(result["status"], "ok", "{answer}");
        result["details"].clone()
    }
}

fn environment<'a>(folder: &Utf8Path, command: &'a mut Command) -> &'a mut Command {
    let home = folder.join("home");
    command
        .env("STACK_BIN", STACK)
        .env("STELAE_DIR", folder)
        .env("STELAE_CONFIG_HOME", &home)
        .env("STELAE_STATE_HOME", home.join(".state"))
        .env("STELAE_ENV_FILE", home.join(".env"))
        .env("STELAE_DISCOVERY_PATH", home.join(".state/discovered_servers.json"))
        .env("TOOL_OVERRIDES_PATH", home.join(".state/tool_overrides.json"))
        .env("PROXY_CONFIG", config_path(folder))
        .env("PROXY_PORT", "0")
}

#[test]
fn an_installed_server_is_served_at_once_and_a_removed_one_is_gone() {
    let stack = Stack::start();
    let client = stack.gateway.client();
    assert_eq!(client.names(), ["manage_stelae"]);
    let list = stack.manage(&client, json!({"operation": "list_discovered_servers"}));
    let names: Vec<_> = list["servers"].as_array().unwrap().iter().map(|s| &s["name"]).collect();
    assert_eq!(names, ["clock", "echo", "dice"]);

    let params = json!({"name": "echo", "target_name": "echo_smoke"});
    let mut dry = params.clone();
    dry["dry_run"] = true.into();
    let change = stack.manage(&client, json!({"operation": "install_server", "params": dry}));
    assert_eq!(change["changed"], json!(["template", "overrides"]), "{change}");
    assert!(!stack.home.join("proxy.template.local.json").exists());
    assert_eq!(client.names(), ["manage_stelae"]);

    stack.manage(&client, json!({"operation": "install_server", "params": params}));
    assert_eq!(client.names(), ["manage_stelae", "echo"]);
    assert_eq!(client.text("echo", json!({"text": "new"})), "new");
    let again = stack.manage(&client, json!({"operation": "install_server", "params": params}));
    assert_eq!(again["changed"], json!([]));

    let gone = json!({"operation": "remove_server", "params": {"name": "echo_smoke"}});
    stack.manage(&client, gone);
    assert_eq!(client.names(), ["manage_stelae"]);
}

#[test]
fn what_cannot_be_done_says_why_and_changes_nothing() {
    let stack = Stack::start();
    let client = stack.gateway.client();
    let fails = |operation: &str, params: Value| {
        client.failure("manage_stelae", json!({"operation": operation, "params": params}))
    };
    let unknown = fails("install_server", json!({"name": "qdrant"}));
    assert!(
        unknown.contains("not in the discovery list, which has clock, echo, dice"),
        "{unknown}"
    );
    let missing = json!({"descriptor": {"name": "x", "command": "/no/such/program"}});
    assert!(fails("install_server", missing).contains("/no/such/program"));
    let valueless = json!({"descriptor": {"name": "x", "command": "{{NOWHERE_BIN}}"}});
    assert!(fails("install_server", valueless).contains("NOWHERE_BIN"));
    assert!(fails("remove_server", json!({"name": "none"})).contains("none"));
    let forced = json!({"operation": "remove_server", "params": {"name": "none", "force": true}});
    assert_eq!(stack.manage(&client, forced)["changed"], json!([]));
    assert!(!stack.home.join("proxy.template.local.json").exists());
}

#[test]
fn a_different_server_of_that_name_is_replaced_only_with_force() {
    let stack = Stack::start();
    let client = stack.gateway.client();
    let install = |source: &str, force: bool| {
        json!({"operation": "install_server", "name": source, "target_name": "tool",
            "force": force})
    };
    stack.manage(&client, install("echo", false));
    client.failure("manage_stelae", install("dice", false));
    assert_eq!(client.names(), ["manage_stelae", "echo"]);
    stack.manage(&client, install("dice", true));
    assert_eq!(client.names(), ["manage_stelae", "dice"]);
}

#[test]
fn a_lost_config_is_rendered_again() {
    let stack = Stack::start();
    let client = stack.gateway.client();
    let rendered = stack.manage(&client, json!({"operation": "run_reconciler"}));
    assert_eq!(rendered["changed"], true);
    let rendered = stack.manage(&client, json!({"operation": "run_reconciler"}));
    assert_eq!(rendered["changed"], false);
    stack.manage(&client, json!({"operation": "discover_servers"}));
    assert!(stack.home.join(".state/discovered_servers.json").exists());
}

#[test]
fn a_server_that_cannot_be_rendered_is_not_left_half_installed() {
    let stack = Stack::start_with(|command| {
        command.env("PROXY_CONFIG", "/proc/elsewhere.json");
    });
    let client = stack.gateway.client();
    let install = json!({"operation": "install_server", "name": "echo"});
    let failure = client.failure("manage_stelae", install);
    assert!(failure.contains("nothing was changed"), "{failure}");
    assert!(!stack.home.join("proxy.template.local.json").exists());
    assert!(!stack.home.join("tool_overrides.json").exists());
}

#[test]
fn the_starter_bundle_is_valid_and_leaves_echo_to_be_installed() {
    let folder = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("bundle");
    let bundle = smoke_bundle::read(&folder).unwrap();
    assert_eq!(bundle.name(), "embedded-starter");
    assert_eq!(bundle.server_names().collect::<Vec<_>>(), ["fs", "rg", "clock", "dice"]);
}
