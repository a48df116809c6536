//! Bundles, as a run installs them.

use smoke_tests::tiny::{TALK, small, tiny};
use smoke_tests::{Finished, Sandbox, sandbox};

const SERVERS: &str = r#"{"schemaVersion": 1, "name": "starter", "servers": [
    {"name": "good", "transport": "stdio", "command": "sh", "args": ["-c", "true"],
     "tools": [{"name": "t", "description": "d"}]},
    {"name": "bad", "transport": "stdio", "command": "no-such-server-here"}]}"#;

#[test]
fn a_server_whose_command_does_not_exist_fails_the_run_and_names_it() {
    let sandbox = Sandbox::new();
    let finished = run(&sandbox, Some(SERVERS), &[]).expect(1).caused_by("server-install-failed");
    let finished = finished.says(&["[bundle] installing good", "bad", "no-such-server-here"]);
    assert_eq!(finished.record["failed_step"], "bundle");
    assert!(
        finished.stderr.contains("[bundle] good updated (template, overrides)"),
        "{}",
        finished.shown()
    );
}

#[test]
fn a_server_that_is_there_already_is_up_to_date() {
    let sandbox = Sandbox::new();
    let good = SERVERS.replace("no-such-server-here", "sh");
    let workspace = sandbox.path().join("ws");
    let arguments = ["--workspace", workspace.as_str(), "--keep-workspace"];
    run(&sandbox, Some(&good), &arguments).expect(0);
    let source = sandbox.path().join("src");
    let again = ["smoke", "--source", source.as_str(), "--workspace", workspace.as_str()];
    sandbox.xtask(&again).expect(0).says(&["[bundle] good already up to date"]);
}

#[test]
fn a_bundle_that_is_not_there_is_missing() {
    let sandbox = Sandbox::new();
    run(&sandbox, None, &[]).expect(2).caused_by("bundle-missing").says(&["starter"]);
}

#[test]
fn a_bundle_that_is_no_json_is_invalid_at_a_line() {
    let sandbox = Sandbox::new();
    let finished = run(&sandbox, Some("{\n  \"name\": oops\n}"), &[]);
    finished.expect(2).caused_by("bundle-invalid").says(&["catalog.json", "2"]);
}

fn run(sandbox: &Sandbox, catalog: Option<&str>, arguments: &[&str]) -> Finished {
    let profile = format!("{}[bundle]\npath = \"starter\"\n{TALK}", small(&["say"]));
    let files: Vec<_> = catalog.map(|text| ("starter/catalog.json", text)).into_iter().collect();
    let source = tiny(sandbox, &profile, &files);
    let port = sandbox::port().to_string();
    let fixed = ["smoke", "--source", source.path().as_str(), "--port", &port];
    sandbox.xtask(&[&fixed, arguments].concat())
}
