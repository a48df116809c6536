//! All that is wrong is named in one run, and what explains what.

use serde_json::{Value, json};
use smoke_tests::tiny::{small, stack_with_a_clock_and};
use smoke_tests::{Finished, Sandbox, Scenario, sandbox};

const CHECK_AND_STAGES: &str = r#"
[[check]]
name = "one"
command = ["sh", "-c", "echo 3 servers, not 4; exit 1"]
[[stage]]
name = "read"
tools_present = ["never"]
[[stage.call]]
tool = "fail"
[[stage.call]]
tool = "say"
arguments = { text = "hello" }
result_contains = ["goodbye"]
[[stage]]
name = "again"
[[stage.call]]
tool = "fail"
[[stage]]
name = "write"
[[stage.call]]
tool = "write"
arguments = { path = "stray.txt" }
[[stage]]
name = "talk"
[[stage.call]]
tool = "say"
arguments = { text = "hello" }
"#;

#[test]
fn checks_calls_and_a_dirty_clone_are_all_named_in_one_run() {
    let sandbox = Sandbox::new();
    let finished = Scenario {
        profile: small(&["say", "fail", "write"]),
        rest: CHECK_AND_STAGES,
        code: 1,
        outcome: "failed",
        step: "check-one",
        cause: "check-failed",
        says: &[
            "3 servers, not 4",
            "this tool always fails",
            "lacks \"goodbye\"",
            "never is not listed",
            "stage-again [agent-call-failed, after stage-read]",
            "stage-write [dirty-clone]",
            "stray.txt",
            "stage-talk [dirty-clone, after stage-write]",
        ],
        ..Scenario::default()
    };
    let finished = finished.play_in(&sandbox);
    let causes = causes(&finished);
    assert_eq!(causes.len(), 6, "{causes:?}");
    assert_eq!(causes[5], ("verify".into(), "dirty-clone".into(), "stage-write".into()));
    let calls = finished.record["stages"][3]["calls"].as_array().unwrap();
    assert_eq!(calls.len(), 1, "the last stage was played");
}

#[test]
fn a_check_that_fails_does_not_end_the_one_beside_it() {
    let sandbox = Sandbox::new();
    let finished = Scenario {
        rest: "[[check]]\nname = \"early\"\ncommand = [\"false\"]\n\
               [[check]]\nname = \"late\"\n\
               command = [\"sh\", \"-c\", \"sleep 0.5; echo worse; exit 3\"]\n",
        code: 1,
        outcome: "failed",
        step: "check-early",
        cause: "check-failed",
        says: &["check-late [check-failed]", "exit status: 3", "worse"],
        ..Scenario::default()
    };
    finished.play_in(&sandbox);
}

#[test]
fn a_missing_tool_explains_the_stages_that_need_it() {
    let sandbox = Sandbox::new();
    let finished = Scenario {
        profile: small(&["say", "fail"]).replace("tools = [", "tools = [\"absent\","),
        rest: "[[stage]]\nname = \"need\"\n[[stage.call]]\ntool = \"absent\"\n\
               [[stage]]\nname = \"other\"\n[[stage.call]]\ntool = \"fail\"\n",
        arguments: &["--restart-timeout", "1"],
        code: 3,
        outcome: "timed_out",
        step: "ready",
        cause: "tools-missing",
        says: &[
            "without absent",
            "stage-need [agent-call-failed, after ready]",
            "stage-other [agent-call-failed]",
            "verify [tools-missing, after ready]",
        ],
        ..Scenario::default()
    };
    let finished = finished.play_in(&sandbox);
    assert_eq!(finished.record["gateway"]["missing"], serde_json::json!(["absent"]));
    assert_eq!(finished.record["gateway"]["listed"], 2);
}

#[test]
fn a_gateway_that_does_not_serve_ends_the_run_with_what_was_found_before() {
    let sandbox = Sandbox::new();
    let finished = Scenario {
        profile: smoke_tests::tiny::gateway(&["sh", "-c", "exit 7"], &["say"])
            + "[bundle]\npath = \"starter\"\n",
        files: &[("starter/catalog.json", NO_SUCH_SERVER)],
        code: 1,
        outcome: "failed",
        step: "bundle",
        cause: "server-install-failed",
        says: &["no-such-server-here", "ready [gateway-crashed]", "exit status: 7"],
        ..Scenario::default()
    };
    let finished = finished.play_in(&sandbox);
    assert_eq!(finished.step("stage-talk")["outcome"], "skipped");
}

#[test]
fn an_expectation_that_is_lowered_is_so_visibly() {
    let sandbox = Sandbox::new();
    let finished = Scenario {
        profile: small(&["say", "fail"]),
        rest: "[[stage]]\nname = \"try\"\n[[stage.call]]\ntool = \"fail\"\nstatus = \"any\"\n",
        ..Scenario::default()
    };
    let finished = finished.play_in(&sandbox).says(&["fail: any status will do"]);
    assert_eq!(finished.record["stages"][0]["expectations"][0]["lowered"], true);
}

#[test]
fn a_dead_server_that_nobody_misses_is_named_and_the_others_say_how_long_they_took() {
    let sandbox = Sandbox::new();
    let gone = json!({"gone": {"type": "stdio", "command": "/no/such/server"}});
    let source = stack_with_a_clock_and(&sandbox, &gone, "");
    let port = sandbox::port().to_string();
    let finished = sandbox.xtask(&["smoke", "--source", source.path().as_str(), "--port", &port]);
    let finished = finished.expect(0).says(&["server gone is down: gateway.log", "No such file"]);
    let servers = finished.record["gateway"]["servers"].as_array().unwrap();
    let of = |name: &str| servers.iter().find(|server| server["name"] == name).unwrap();
    assert_eq!(of("gone")["serves"], false, "{}", finished.shown());
    assert_eq!(of("clock")["serves"], true, "{}", finished.shown());
    assert!(of("clock")["answered_after_ms"].is_u64(), "{}", finished.shown());
}

const NO_SUCH_SERVER: &str = r#"{"schemaVersion": 1, "name": "starter", "servers": [
    {"name": "bad", "transport": "stdio", "command": "no-such-server-here"}]}"#;

fn causes(finished: &Finished) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let causes = finished.record["causes"].as_array().unwrap().iter();
    causes.map(|c| (text(&c["step"]), text(&c["cause"]["code"]), text(&c["follows"]))).collect()
}
