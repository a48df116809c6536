//! `smoke --init` in repositories that know nothing of this project, and the runs that follow.

use serde_json::json;
use smoke_tests::binaries::{program, root};
use smoke_tests::{Finished, Repository, Sandbox, sandbox, skipped};

use crate::examples::keep_what_is_installed;

/// Writes a profile and runs it.
fn tried(sandbox: &Sandbox, source: &Repository) -> Finished {
    let source = source.path().as_str();
    sandbox.xtask(&["smoke", "--init", "--source", source]).expect(0);
    let (port, artifacts) = (sandbox::port().to_string(), sandbox.cwd().join("target/smoke"));
    let place = ["--port", &port, "--artifacts", artifacts.as_str()];
    sandbox.xtask(&[&["smoke", "--source", source][..], &place].concat())
}

/// The same with a repository that needs packages of a registry; none where they cannot be had.
fn installed(name: &str) -> Option<Finished> {
    let mut sandbox = Sandbox::new();
    keep_what_is_installed(&mut sandbox);
    let folder = root().join("tests/parts").join(name);
    let finished = tried(&sandbox, &Repository::copy_of(&sandbox, "src", &folder));
    let code = finished.record["cause"]["code"].as_str().unwrap_or_default();
    if ["registry-unreachable", "prerequisite-missing"].contains(&code) {
        skipped(&format!("{name}: {}", finished.record["cause"]["summary"]));
        return None;
    }
    let finished = finished.expect(0);
    assert_eq!(finished.record["gateway"]["listed"], 1, "{}", finished.shown());
    Some(finished)
}

#[test]
fn a_package_with_the_lock_file_of_npm_passes() {
    installed("init-node");
}

#[test]
fn a_project_with_the_lock_file_of_uv_passes() {
    installed("init-python");
}

#[test]
fn a_clients_list_of_servers_passes() {
    let sandbox = Sandbox::new();
    let command = json!(["-c", format!("exec {} stdio say", program("small-gateway"))]);
    let config = json!({"mcpServers": {"a": {"command": "sh", "args": command},
        "far": {"url": "https://127.0.0.1:1/mcp"}}});
    let source = Repository::create(&sandbox, "src", &[(".mcp.json", &config.to_string())]);
    let finished = tried(&sandbox, &source).expect(0);
    assert_eq!(finished.record["gateway"]["listed"], 1, "{}", finished.shown());
}

#[test]
fn a_repository_without_a_server_gets_no_profile() {
    let sandbox = Sandbox::new();
    let source = Repository::create(&sandbox, "src", &[("README.md", "# Nothing\n")]);
    let refused = sandbox.xtask(&["smoke", "--init", "--source", source.path().as_str()]);
    refused.expect(2).says(&["nothing in", "looks like an MCP server", "docs/profiles.md"]);
    assert!(!source.path().join("smoke.toml").exists());
}
