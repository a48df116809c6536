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

scenarios! {
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
