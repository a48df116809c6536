//! Findings: what some clients refuse is told of a run that passes, and fails one that is strict.

use std::fs;

use serde_json::{Value, json};
use smoke_tests::binaries::program;
use smoke_tests::record::{assert_folds, assert_schema};
use smoke_tests::{Finished, Sandbox, Scenario};

const GREETING: &str = "its output has the line \"Starting up\", which is no message";

/// A server that prints a greeting where only messages belong, below these keys of the profile.
fn greeter(keys: &str) -> String {
    let script = format!("echo Starting up; exec {} stdio say", program("small-gateway"));
    let command = json!(["sh", "-c", script]);
    format!("{keys}\n[gateway]\ntransport = \"stdio\"\ncommand = {command}\n")
}

/// The findings in the record, each as its name and whom it is about.
fn found(finished: &Finished) -> Vec<(&str, &str)> {
    let all = finished.record["findings"].as_array().unwrap();
    all.iter().map(|one| (text(&one["name"]), text(&one["subject"]))).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A server of ours with these oddities, whose tool is called once, below these keys of the profile.
fn odd(keys: &str, oddities: &str) -> String {
    let command = json!([program("odd-server"), oddities]);
    format!("{keys}\n[gateway]\ntransport = \"stdio\"\ncommand = {command}\ntools = [\"add\"]\n")
}

const ADD: &str = "[[stage]]\nname = \"add\"\n[[stage.call]]\ntool = \"add\"\n\
    arguments = { a = 2, b = 3 }\nresult_contains = [\"5\"]\n";

/// A run of that passes, and has found this.
fn finds(oddities: &str, expected: &[(&str, &str)]) {
    let sandbox = Sandbox::new();
    let scenario = Scenario { profile: odd("", oddities), rest: ADD, ..Scenario::default() };
    let finished = scenario.play_in(&sandbox);
    assert_eq!(found(&finished), expected, "{}", finished.shown());
    assert_folds(&finished);
}

#[test]
fn what_is_listed_is_held_to_what_models_take() {
    let long = format!("stack/{}", "a".repeat(90));
    let expected = [
        ("tool-twice", "stack/again"),
        ("tool-name-refused", "stack/my tool!"),
        ("tool-name-refused", long.as_str()),
        ("schema-not-object", "stack/list"),
    ];
    finds("twice,names,array-schema", &expected);
}

#[test]
fn results_are_held_to_what_their_tool_promises() {
    finds("breaks-schema", &[("result-breaks-schema", "stack/add")]);
    finds("no-structure", &[("result-without-structure", "stack/add")]);
}

#[test]
fn what_only_some_agents_show_their_models_is_found() {
    let of_call = |name| (name, "stack/add");
    finds("one-sided", &["structure-only", "content-dropped"].map(of_call));
    finds("long", &[("description-cut", "stack/long")]);
}

#[test]
fn messages_are_held_to_what_official_clients_take() {
    finds("version,text-ids", &[("version-unknown", "stack"), ("id-changed", "stack")]);
    finds("prints", &[("stray-output", "stack")]);
    finds("prints-json", &[("stray-output", "stack")]);
    finds("none", &[]);
}

#[test]
fn one_that_does_not_end_with_its_input_is_found() {
    finds("lives-on", &[("input-end-ignored", "stack")]);
    finds("ignores-term", &[("term-ignored", "stack")]);
}

/// A server whose answers stay in the buffer of Python, which no client tells to write at once.
const HOLDS_BACK: &str = r#"
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if "id" in asked:
        tools = [{"name": "add", "inputSchema": {"type": "object"}}]
        first = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                 "serverInfo": {"name": "late", "version": "1"}}
        result = {"initialize": first, "tools/list": {"tools": tools}}.get(
            asked["method"], {"content": [{"type": "text", "text": "5"}]})
        print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}))
"#;

/// A profile whose server holds its answers back, with this environment.
fn held_back(env: &str) -> String {
    let command = "command = [\"{{PYTHON}}\", \"late.py\"]";
    format!("[gateway]\ntransport = \"stdio\"\n{command}\ntools = [\"add\"]\nenv = {env}\n")
}

scenarios! {
    one_that_does_not_flush_is_told_as_every_client_would_meet_it: Scenario {
        profile: held_back("{}"),
        rest: ADD,
        files: &[("late.py", HOLDS_BACK)],
        arguments: &["--restart-timeout", "5"],
        code: 3,
        outcome: "timed_out",
        step: "ready",
        cause: "gateway-error",
        says: &["answers only once its input is closed", "flush=True"],
    },
    one_whose_profile_tells_python_to_write_at_once_is_served: Scenario {
        profile: held_back("{ PYTHONUNBUFFERED = \"1\" }"),
        rest: ADD,
        files: &[("late.py", HOLDS_BACK)],
        ..Scenario::default()
    },
    a_list_that_no_client_takes_fails_the_run: Scenario {
        profile: odd("", "no-schema"),
        code: 1,
        outcome: "failed",
        step: "ready",
        cause: "tools-missing",
        says: &["no client takes the list: tool bare has no inputSchema"],
        ..Scenario::default()
    },
    a_finding_of_a_call_fails_the_stage_where_the_profile_is_strict: Scenario {
        profile: odd("strict = true", "breaks-schema"),
        rest: ADD,
        code: 1,
        outcome: "failed",
        step: "stage-add",
        cause: "finding",
        says: &["result-breaks-schema of stack/add", "`sum` is missing", "{\"total\":5}"],
        ..Scenario::default()
    },
    a_misspelt_name_is_answered_with_the_nearest: Scenario {
        profile: greeter("accept = [\"stray-outputs\"]"),
        code: 2,
        outcome: "error",
        step: "prepare",
        cause: "config-invalid",
        says: &["`stray-outputs` is the name of no finding", "did you mean `stray-output`?"],
        ..Scenario::default()
    },
    a_strict_profile_fails_for_it: Scenario {
        profile: greeter("strict = true"),
        code: 1,
        outcome: "failed",
        step: "ready",
        cause: "finding",
        says: &[GREETING, "accept = [\"stray-output\"]"],
        ..Scenario::default()
    },
}

#[test]
fn one_is_told_once_on_the_screen_in_the_record_and_in_all_reports() {
    let mut sandbox = Sandbox::new();
    let summary = sandbox.path().join("summary.md");
    sandbox.set("GITHUB_ACTIONS", "true");
    sandbox.set("GITHUB_STEP_SUMMARY", summary.as_str());
    let scenario = Scenario { profile: greeter(""), says: &[GREETING], ..Scenario::default() };
    let finished = scenario.play_in(&sandbox);
    assert_eq!(found(&finished), [("stray-output", "stack")]);
    assert_schema(&finished.record);
    assert_folds(&finished);
    let warning = "::warning title=smoke%3A finding stray-output::stray-output of stack";
    let line = "ready          finding stray-output of stack";
    for said in [warning, line] {
        assert_eq!(finished.stderr.matches(said).count(), 1, "{said}: {}", finished.shown());
    }
    assert!(finished.file("report.html").contains("<code>stray-output</code>"));
    let junit = finished.file("junit.xml");
    assert!(junit.contains("name=\"stray-output of stack\"") && junit.contains("<system-out>"));
    let summary = fs::read_to_string(summary).unwrap();
    assert!(summary.contains("| stray-output | <code>stack</code> |"), "{summary}");
}

#[test]
fn one_that_is_accepted_fails_not_even_a_strict_run() {
    let sandbox = Sandbox::new();
    let profile = greeter("strict = true\naccept = [\"stray-output\"]");
    let finished = Scenario { profile, ..Scenario::default() }.play_in(&sandbox);
    assert_eq!(finished.record["findings"][0]["accepted"], true);
    let (steps, verdict) = finished.stderr.split_once("\n\n").unwrap();
    assert!(steps.contains("finding (accepted) stray-output"), "{}", finished.shown());
    assert!(!verdict.contains("stray-output"), "{}", finished.shown());
}
