//! What is shown instead of being done, and what goes to stdout.

use serde_json::Value;
use smoke_tests::binaries::binaries;
use smoke_tests::tiny::{TALK, gateway, small, tiny};
use smoke_tests::{Listing, Sandbox, sandbox};

#[test]
fn plan_only_prints_the_steps_and_touches_nothing() {
    let sandbox = Sandbox::new();
    let source = tiny(&sandbox, &format!("{}{TALK}", small(&["say"])), &[]);
    let folders = [source.path().to_owned(), sandbox.tmp(), sandbox.home(), sandbox.cwd()];
    let before = folders.each_ref().map(|folder| Listing::of(folder));
    let finished = sandbox.xtask(&["smoke", "--plan-only", "--source", source.path().as_str()]);
    for step in ["prepare", "clone", "start", "ready", "stage-talk", "verify", "teardown"] {
        assert!(finished.stdout.contains(step), "no {step}: {}", finished.shown());
    }
    finished.expect(0);
    before.iter().zip(&folders).for_each(|(listing, folder)| listing.assert_same(folder));
}

#[test]
fn plan_only_can_be_read_by_programs() {
    let sandbox = Sandbox::new();
    let source = tiny(&sandbox, &format!("{}{TALK}", small(&["say"])), &[]);
    let arguments =
        ["smoke", "--plan-only", "--format", "json", "--source", source.path().as_str()];
    let finished = sandbox.xtask(&arguments).expect(0);
    let plan: Value = serde_json::from_str(&finished.stdout).unwrap();
    let ids: Vec<&Value> =
        plan["steps"].as_array().unwrap().iter().map(|step| &step["id"]).collect();
    assert_eq!(ids.first().unwrap().as_str(), Some("prepare"));
    assert_eq!(ids.last().unwrap().as_str(), Some("teardown"));
}

fn printed_record(profile: &str, code: i32) {
    let sandbox = Sandbox::new();
    let source = tiny(&sandbox, profile, &[]);
    let port = sandbox::port().to_string();
    let arguments = ["--source", source.path().as_str(), "--port", &port, "--format", "json"];
    let finished = sandbox.xtask(&[&["smoke"], &arguments[..]].concat()).expect(code);
    let printed: Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!(printed, finished.record);
    assert_eq!(printed["exit_code"], code);
}

#[test]
fn json_on_stdout_is_the_record_of_a_run_that_passed_and_nothing_else() {
    printed_record(&small(&["say"]), 0);
}

#[test]
fn json_on_stdout_is_the_record_of_a_run_that_failed_and_nothing_else() {
    printed_record(&gateway(&["/no/such/gateway"], &["say"]), 1);
}

#[test]
fn json_on_stdout_is_the_record_of_a_run_that_could_not_begin_and_nothing_else() {
    printed_record("oops", 2);
}

#[test]
fn what_cannot_be_printed_on_stdout_is_no_success() {
    if !cfg!(target_os = "linux") {
        return smoke_tests::skipped("/dev/full is a device of Linux");
    }
    let sandbox = Sandbox::new();
    let mut command = sandbox.command("sh");
    command.args(["-c", "exec \"$0\" runs --format json >/dev/full", binaries().xtask.as_str()]);
    let finished = sandbox.run(command).finish().expect(4);
    finished.says(&["cannot be printed on stdout: No space left on device"]);
    let mut command = sandbox.command("sh");
    command.args(["-c", "\"$0\" runs | true", binaries().xtask.as_str()]);
    sandbox.run(command).finish().expect(0);
}

#[test]
fn without_json_nothing_is_on_stdout() {
    let sandbox = Sandbox::new();
    let source = tiny(&sandbox, &format!("{}{TALK}", small(&["say"])), &[]);
    let port = sandbox::port().to_string();
    let finished = sandbox.xtask(&["smoke", "--source", source.path().as_str(), "--port", &port]);
    assert_eq!(finished.expect(0).stdout, "");
}
