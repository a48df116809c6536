//! Versions of Codex that differ in their flags, in the names of tools and in their events.

use serde_json::json;
use smoke_tests::binaries::program;
use smoke_tests::tiny::small;
use smoke_tests::{Finished, Sandbox};

use super::part::{self, SAY, newest};

/// Two calls, of which the second fails as it should.
const TWO: &str = "[[stage.call]]\ntool = \"fail\"\nstatus = \"failed\"\n";

/// A gateway that wants a bearer token, in the table that it follows.
const TOKEN: &str = "headers = { Authorization = \"Bearer {{SMALL_TOKEN}}\" }\n\
                     [env]\nSMALL_TOKEN = \"moon-4711\"\n";

fn passes(version: &str) {
    let Some(codex) = part::codex(version) else { return };
    let sandbox = Sandbox::new();
    let profile = format!("{}{TOKEN}{SAY}{TWO}", small(&["say", "fail"]));
    let finished = part::run_profile(&sandbox, &codex, &profile).expect(0);
    assert!(!finished.file("logs/stage-try.log").contains("moon-4711"), "the token is shown");
    let stage = &finished.record["stages"][0];
    let mut offered: Vec<&str> = stage["offered_tools"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|tool| tool.as_str())
        .collect();
    offered.sort_unstable();
    assert_eq!(offered, ["fail", "say"]);
    assert!(stage["tokens"]["input_tokens"].as_u64().unwrap() > 0, "{stage:#}");
    let statuses: Vec<_> =
        stage["calls"].as_array().unwrap().iter().map(|c| &c["status"]).collect();
    assert_eq!(statuses, [&json!("completed"), &json!("failed")]);
    let named = finished.record["versions"]["codex"].as_str().unwrap();
    assert!(named.starts_with(version), "{named}");
    assert_eq!(finished.record["leaks"], json!([]));
}

#[test]
fn what_the_first_users_had_goes_through_the_stages() {
    passes("0.58");
}

#[test]
fn one_in_between_goes_through_the_stages() {
    passes("0.125");
}

#[test]
fn the_newest_goes_through_the_stages() {
    passes("0.169");
}

#[test]
fn tools_whose_names_become_one_are_told_apart() {
    let Some(codex) = newest() else { return };
    let tools = ["dup-name", "dup_name", "dup.name"];
    let call =
        |tool| format!("[[stage.call]]\ntool = \"{tool}\"\nresult_contains = [\"{tool}\"]\n");
    let stages = format!("[[stage]]\nname = \"try\"\n{}", tools.map(call).concat());
    part::run(&Sandbox::new(), codex, &tools, &stages).expect(0);
}

/// The wrapper, and a home with a server of the developer's own, which must not be started.
#[test]
fn a_wrapper_is_a_codex_and_the_developers_own_servers_are_left_alone() {
    let Some(codex) = newest() else { return };
    let mut sandbox = Sandbox::new();
    let (home, started) = (sandbox.path().join("own-codex"), sandbox.path().join("started"));
    std::fs::create_dir(&home).unwrap();
    let config = format!("[mcp_servers.own]\ncommand = \"touch\"\nargs = [\"{started}\"]\n");
    std::fs::write(home.join("config.toml"), &config).unwrap();
    sandbox.set("CODEX_HOME", home.as_str());
    let wrapper = part::script(&sandbox, &format!("echo starting\n{codex} \"$@\"\nexit $?"));
    part::run(&sandbox, &wrapper, &["say"], SAY).expect(0);
    assert!(!started.exists());
    assert_eq!(std::fs::read_to_string(home.join("config.toml")).unwrap(), config);
    assert_eq!(std::fs::read_dir(&home).unwrap().count(), 1);
}

fn over_stdio(version: &str) {
    let Some(codex) = part::codex(version) else { return };
    let server = program("small-gateway");
    let profile = format!(
        "[env]\nDATA = \"x y\"\n[gateway]\ntransport = \"stdio\"\n\
         command = [\"{server}\", \"stdio\", \"env\"]\n[[stage]]\nname = \"try\"\n[[stage.call]]\n\
         tool = \"env\"\narguments = {{ name = \"DATA\" }}\nresult_contains = [\"x y\"]\n"
    );
    part::run_profile(&Sandbox::new(), &codex, &profile).expect(0);
}

#[test]
fn a_single_server_is_started_by_codex_with_the_variables_of_the_run() {
    over_stdio("0.58");
    over_stdio("0.169");
}

fn stateless(version: &str) -> Option<Finished> {
    let profile = format!("{}[env]\nSMALL_STATELESS = \"1\"\n{SAY}", small(&["say"]));
    Some(part::run_profile(&Sandbox::new(), &part::codex(version)?, &profile))
}

#[test]
fn a_gateway_without_sessions_is_spoken_to_by_a_codex_that_can() {
    let Some(finished) = stateless("0.169") else { return };
    assert!(finished.expect(0).stderr.contains("MCP 2026-07-28 (stateless)"));
    let Some(finished) = stateless("0.125") else { return };
    finished.expect(1).caused_by("agent-tool-not-offered").says(&["speaks only MCP 2026-07-28"]);
}
