//! What goes wrong with a real Codex, and with what should be one.

use std::fs;

use smoke_tests::{Finished, Sandbox};

use super::part::{self, SAY, newest};

/// A run in which `change`, a command of sed, changes every argument of codex.
fn changed(change: &str) -> Option<Finished> {
    let codex = newest()?;
    let sandbox = Sandbox::new();
    let text = format!(
        "n=$#; while [ $n -gt 0 ]; do a=$(printf '%s' \"$1\" | sed '{change}'); shift; \
         set -- \"$@\" \"$a\"; n=$((n - 1)); done\nexec {codex} \"$@\""
    );
    let wrapper = part::script(&sandbox, &text);
    Some(part::run(&sandbox, &wrapper, &["say"], SAY))
}

#[test]
fn a_call_that_nobody_may_approve_is_refused() {
    let Some(finished) = changed("s/default_tools_approval_mode = \"approve\", //") else { return };
    finished.expect(1).caused_by("agent-approval-refused").says(&["say"]);
}

#[test]
fn a_stack_that_codex_cannot_reach_is_not_offered() {
    let Some(finished) = changed("s#http://127.0.0.1:[0-9]*/mcp#http://127.0.0.1:1/mcp#") else {
        return;
    };
    finished.expect(1).caused_by("agent-tool-not-offered").says(&["cannot use server stack"]);
}

#[test]
fn a_flag_that_a_wrapper_adds_is_rejected() {
    let Some(finished) = changed("s/^--json$/--jsn/") else { return };
    finished.expect(1).caused_by("agent-flag-rejected").says(&["--jsn"]);
}

#[test]
fn a_tool_that_the_gateway_does_not_list_is_not_offered() {
    let Some(codex) = newest() else { return };
    let sandbox = Sandbox::new();
    let stages = format!("{SAY}[[stage.call]]\ntool = \"more\"\n");
    let finished = part::run(&sandbox, codex, &["say"], &stages).expect(1);
    finished
        .caused_by("agent-tool-not-offered")
        .says(&["not offered the tool more", "offered were say"]);
}

/// With a config of the developer's own that names a model at `base_url`.
fn live(base_url: &str) -> Option<Finished> {
    let codex = newest()?;
    let mut sandbox = Sandbox::new();
    let home = sandbox.path().join("own-codex");
    fs::create_dir(&home).unwrap();
    let config = format!(
        "model = \"own\"\nmodel_provider = \"own\"\n[model_providers.own]\nname = \"own\"\n\
         base_url = \"{base_url}\"\nwire_api = \"responses\"\nrequest_max_retries = 0\n\
         stream_max_retries = 0\n"
    );
    fs::write(home.join("config.toml"), config).unwrap();
    sandbox.set("CODEX_HOME", home.as_str());
    let more = ["--model", "live", "--heartbeat-timeout", "20"];
    Some(part::start(&sandbox, codex, &["say"], SAY, &more).finish())
}

#[test]
fn a_model_that_cannot_be_reached_is_named() {
    let Some(finished) = live("http://127.0.0.1:1/v1") else { return };
    assert!([1, 3].contains(&finished.code), "{}", finished.shown());
    finished.says(&["model"]);
}

#[test]
fn a_login_that_is_not_accepted_is_named() {
    let (port, program) =
        (smoke_tests::sandbox::port(), smoke_tests::binaries::program("answers-with-status"));
    let mut server = std::process::Command::new(program);
    let mut server = server.args([&port.to_string(), "401"]).spawn().unwrap();
    let finished = live(&format!("http://127.0.0.1:{port}/v1"));
    server.kill().unwrap();
    server.wait().unwrap();
    let Some(finished) = finished else { return };
    finished.expect(1).caused_by("agent-auth").says(&["401"]);
}

#[test]
fn a_missing_login_is_found_before_anything_is_started() {
    let sandbox = Sandbox::new();
    let codex = part::script(&sandbox, "exit 1");
    let finished = part::start(&sandbox, &codex, &["say"], SAY, &["--model", "live"]).finish();
    let finished = finished.expect(1).caused_by("agent-auth").says(&["CODEX_API_KEY"]);
    assert_eq!(finished.record["failed_step"], "codex-home");
}

#[test]
fn what_is_no_codex_is_missing() {
    let sandbox = Sandbox::new();
    let codex = part::script(&sandbox, "echo I am a teapot");
    let finished = part::run(&sandbox, &codex, &["say"], SAY).expect(4);
    finished.caused_by("agent-missing").says(&["I am a teapot"]);
    let sandbox = Sandbox::new();
    let finished = part::run(&sandbox, "/no/such/codex".into(), &["say"], SAY).expect(4);
    finished.caused_by("agent-missing").says(&["/no/such/codex"]);
}

#[test]
fn one_that_never_tells_its_version_is_given_up() {
    let sandbox = Sandbox::new();
    let codex = part::script(&sandbox, "echo looking for updates; sleep 600");
    let stages = format!("[deadlines]\ncodex-home = \"1s\"\n{SAY}");
    let finished = part::run(&sandbox, &codex, &["say"], &stages).expect(3);
    finished.caused_by("deadline").says(&["--version", "looking for updates"]);
}

#[test]
fn a_login_that_has_expired_is_found_before_anything_is_started() {
    let mut sandbox = Sandbox::new();
    let home = sandbox.path().join("own-codex");
    fs::create_dir(&home).unwrap();
    // The claims are {"exp":1767225600}, the beginning of 2026.
    let login = r#"{"tokens":{"access_token":"e30.eyJleHAiOjE3NjcyMjU2MDB9.sig"},
        "last_refresh":"2025-12-31T00:00:00Z"}"#;
    fs::write(home.join("auth.json"), login).unwrap();
    sandbox.set("CODEX_HOME", home.as_str());
    let codex = part::script(&sandbox, "exit 1");
    let finished = part::start(&sandbox, &codex, &["say"], SAY, &["--model", "live"]).finish();
    finished.expect(1).caused_by("agent-auth").says(&["expired at 2026-01-01", "codex login"]);
}
