//! The examples of the documents, with the real servers and gateways from their registries.

use std::time::Duration;

use smoke_tests::binaries::{root, target};
use smoke_tests::{Finished, Repository, Sandbox, sandbox, skipped};

/// Runs the example of this name; none where its parts cannot be had.
fn run(sandbox: &mut Sandbox, name: &str) -> Option<Finished> {
    run_changed(sandbox, name, |_| ())
}

fn run_changed(
    sandbox: &mut Sandbox,
    name: &str,
    change: impl Fn(&Repository),
) -> Option<Finished> {
    let folder = root().join("docs/examples").join(name);
    let source = Repository::copy_of(sandbox, "src", &folder);
    change(&source);
    let source = source.path().to_owned();
    let artifacts = sandbox.cwd().join("target/smoke");
    keep_what_is_installed(sandbox);
    let port = sandbox::port().to_string();
    let arguments =
        ["--source", source.as_str(), "--port", &port, "--artifacts", artifacts.as_str()];
    let finished = sandbox.xtask(&[&["smoke"], &arguments[..]].concat());
    if matches!(
        finished.record["cause"]["code"].as_str(),
        Some("registry-unreachable" | "prerequisite-missing")
    ) {
        skipped(&format!("{name}: {}", finished.record["cause"]["summary"]));
        return None;
    }
    Some(finished.expect(0))
}

/// What is installed once is kept for the next time, as on a developer's machine.
pub fn keep_what_is_installed(sandbox: &mut Sandbox) {
    let parts = target().join("parts");
    sandbox.allow(Duration::from_secs(300));
    sandbox.set("CARGO_TARGET_DIR", parts.join("examples"));
    let caches = [("npm_config_cache", "npm"), ("PIP_CACHE_DIR", "pip"), ("UV_CACHE_DIR", "uv")];
    for (key, value) in std::env::vars() {
        let told = ["PIP_", "npm_config_", "UV_", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"];
        let installs = told.iter().any(|start| key.starts_with(start));
        if installs && caches.iter().all(|(cache, _)| *cache != key) {
            sandbox.set(&key, value);
        }
    }
    caches.iter().for_each(|(key, name)| sandbox.set(key, parts.join(name)));
}

#[test]
fn servers_from_two_registries_behind_our_gateway() {
    let mut sandbox = Sandbox::new();
    let Some(finished) = run(&mut sandbox, "servers") else { return };
    let calls = finished.record["stages"][0]["calls"].as_array().unwrap();
    assert_eq!(calls.len(), 3, "{}", finished.shown());
    assert!(finished.file("logs/gateway.log").contains("git"), "{}", finished.shown());
}

#[test]
fn a_server_behind_a_gateway_that_is_not_ours() {
    let mut sandbox = Sandbox::new();
    let Some(finished) = run(&mut sandbox, "foreign-gateway") else { return };
    assert_eq!(finished.record["stages"][0]["calls"].as_array().unwrap().len(), 2);
}

#[test]
fn a_clients_list_behind_another_gateway_that_is_not_ours() {
    let mut sandbox = Sandbox::new();
    let Some(finished) = run(&mut sandbox, "fastmcp-gateway") else { return };
    assert_eq!(finished.record["stages"][0]["calls"].as_array().unwrap().len(), 1);
}

#[test]
fn a_gateway_that_speaks_the_oldest_version() {
    let mut sandbox = Sandbox::new();
    let oldest = |source: &Repository| {
        let profile = std::fs::read_to_string(source.path().join("smoke.toml")).unwrap();
        let url = "[gateway]\nurl = \"http://127.0.0.1:{{PROXY_PORT}}/sse\"\n";
        source.write("smoke.toml", &profile.replace("[gateway]\n", url));
        source.commit("the stream of events");
    };
    let Some(finished) = run_changed(&mut sandbox, "foreign-gateway", oldest) else { return };
    assert!(finished.stderr.contains("(with a stream of events)"), "{}", finished.shown());
}

#[test]
fn a_single_server_without_any_gateway() {
    let mut sandbox = Sandbox::new();
    let Some(finished) = run(&mut sandbox, "single-server") else { return };
    assert!(finished.stderr.contains("(over stdio)"), "{}", finished.shown());
    let steps = finished.record["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["id"] != "start"), "{}", finished.shown());
}
