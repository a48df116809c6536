//! A harness that is killed, or that is told twice to stop.

use std::fs;

use rustix::process::Signal;
use serde_json::Value;
use smoke_core::process;
use smoke_tests::binaries::program;
use smoke_tests::killed::{kill, only_record};
use smoke_tests::tiny::{TALK, gateway, small, tiny};
use smoke_tests::{Running, Sandbox, sandbox, wait};

/// A check that says when it has begun, then does not end, whatever it is told.
fn stubborn(sandbox: &Sandbox) -> String {
    let begun = sandbox.path().join("begun");
    let command = format!("trap '' INT TERM HUP; touch {begun}; while :; do sleep 0.1; done");
    format!("[[check]]\nname = \"slow\"\ncommand = [\"sh\", \"-c\", {}]\n", Value::from(command))
}

fn begin(sandbox: &Sandbox, more: &[&str]) -> Running {
    let profile = format!("{}{}{TALK}", small(&["say"]), stubborn(sandbox));
    let source = tiny(sandbox, &profile, &[]);
    let port = sandbox::port().to_string();
    let fixed = ["smoke", "--source", source.path().as_str(), "--port", &port];
    let run = sandbox.start(&[&fixed, more].concat());
    wait::until("the check to begin", || sandbox.path().join("begun").exists().then_some(()));
    run
}

#[test]
fn everything_ends_when_the_harness_is_killed_and_the_record_says_so() {
    let sandbox = Sandbox::new();
    let run = begin(&sandbox, &[]);
    let record = kill(&sandbox, run);
    assert_eq!(record["cause"]["code"], "interrupted", "{record:#}");
}

#[test]
fn a_second_ctrl_c_does_not_wait() {
    let sandbox = Sandbox::new();
    let run = begin(&sandbox, &[]);
    let first = std::time::Instant::now();
    run.signal(Signal::INT);
    // The first one is being acted on once the check, which ignores it, is told to end.
    wait::until("the first to be taken", || {
        let alive = process::find(run.pid());
        if alive.is_some() {
            run.signal(Signal::INT);
        }
        alive.is_none_or(|process| !process.is_live()).then_some(())
    });
    let finished = run.finish().expect(130);
    assert!(first.elapsed().as_secs_f64() < 5.0, "{}", finished.shown());
    wait::until("the end of all processes", || {
        process::carrying("HOME", sandbox.home().as_str()).is_empty().then_some(())
    });
    assert_eq!(only_record(&sandbox)["outcome"], "interrupted");
}

#[test]
fn a_check_that_ignores_ctrl_c_is_ended_all_the_same() {
    let sandbox = Sandbox::new();
    let run = begin(&sandbox, &[]);
    run.signal(Signal::INT);
    let finished = run.finish().expect(130).caused_by("interrupted");
    assert_eq!(finished.step("teardown")["outcome"], "passed");
}

#[test]
fn what_a_power_cut_leaves_is_cleared_by_the_next_start() {
    // The second was cut before its record knew of the workspace that it had just made.
    for is_recorded in [true, false] {
        let sandbox = Sandbox::new();
        let source = tiny(&sandbox, &format!("{}{TALK}", small(&["say"])), &[]);
        let port = sandbox::port().to_string();
        let arguments = ["smoke", "--source", source.path().as_str(), "--port", &port];
        let kept = sandbox.xtask(&[&arguments[..], &["--keep-workspace"]].concat()).expect(0);
        // As a power cut would have left it: a record that says `running`, and nobody who runs.
        let mut record = kept.record.clone();
        record["outcome"] = "running".into();
        if !is_recorded {
            record["workspace"] = "".into();
        }
        fs::write(kept.folder().join("run.json"), format!("{record:#}")).unwrap();
        // Another one was cut before its workspace had a marker.
        let unborn = sandbox.tmp().join("stelae-smoke-workspace-abcdefgh");
        fs::create_dir(&unborn).unwrap();
        fs::write(unborn.join(".lock"), "").unwrap();
        let next = sandbox.xtask(&arguments).expect(0);
        assert!(next.stderr.contains(kept.workspace().as_str()), "{}", next.shown());
        assert!(!kept.workspace().exists());
        assert!(kept.file("run.json").contains("\"interrupted\""));
    }
}

/// A run that begins each of these steps by going on for a while, so that it can be hit there.
const SLOW_STEPS: &str = r#"
[gateway.build]
command = ["sh", "-c", "sleep 0.3; cp GATEWAY built"]
output = "built"
[[check]]
name = "slow"
command = ["sh", "-c", "sleep 0.3"]
"#;

/// Kills the harness once `step` has begun, and its guard with it when that is asked for.
fn kill_at(step: &str, with_guard: bool) {
    let sandbox = Sandbox::new();
    let built = gateway(&["{{SMOKE_GATEWAY_BIN}}", "{{PROXY_PORT}}", "say"], &["say"]);
    let slow = SLOW_STEPS.replace("GATEWAY", program("small-gateway").as_str());
    let profile = format!("{built}{slow}{TALK}");
    let source = tiny(&sandbox, &profile, &[(".gitignore", "built\n")]);
    let port = sandbox::port().to_string();
    let arguments = ["smoke", "--source", source.path().as_str(), "--port", &port];
    let run = sandbox.start(&arguments);
    let begun = format!("\"event\":\"step-started\",\"step\":\"{step}\"");
    wait::until(&format!("{step} to begin"), || {
        let runs = sandbox.runs().read_dir_utf8().ok()?;
        let events = runs.flatten().map(|run| fs::read_to_string(run.path().join("events.jsonl")));
        events.flatten().any(|events| events.contains(&begun)).then_some(())
    });
    let guards = process::carrying("HOME", sandbox.home().as_str()).into_iter();
    let mut guards =
        guards.filter(|process| process.argv.get(1).is_some_and(|word| word == "guard"));
    if with_guard && let Some(guard) = guards.next() {
        guard.signal(Signal::KILL);
    }
    let killed = std::time::Instant::now();
    run.signal(Signal::KILL);
    let code = run.finish().code;
    if with_guard {
        // Nobody clears up but the next start.
        sandbox.xtask(&arguments).expect(0);
    }
    let left = || {
        let processes = process::carrying("HOME", sandbox.home().as_str());
        let processes = processes.iter().map(|process| process.command_line());
        let folders = sandbox.tmp().read_dir_utf8().unwrap().flatten();
        processes.chain(folders.map(|entry| entry.path().to_string())).collect::<Vec<_>>()
    };
    wait::until_none(&format!("what a kill at {step} left"), left);
    let took = killed.elapsed().as_secs_f64();
    assert!(with_guard || took < 5.0, "{step}: it took {took} s");
    let outcomes: Vec<Value> = records(&sandbox).iter().map(|r| r["outcome"].clone()).collect();
    assert!(!outcomes.contains(&"running".into()), "{step}: {outcomes:?}");
    // A short step, such as the teardown, may have been the end of the run before the signal came.
    assert!(code == 0 || outcomes.contains(&"interrupted".into()), "{step}: {outcomes:?}");
}

fn records(sandbox: &Sandbox) -> Vec<Value> {
    let runs = sandbox.runs().read_dir_utf8().unwrap().flatten();
    let texts = runs.filter_map(|run| fs::read_to_string(run.path().join("run.json")).ok());
    texts.map(|text| serde_json::from_str(&text).unwrap()).collect()
}

#[test]
fn a_kill_in_any_step_leaves_nothing() {
    for step in
        ["prepare", "clone", "build", "start", "ready", "check-slow", "stage-talk", "teardown"]
    {
        kill_at(step, false);
    }
}

#[test]
fn a_kill_of_the_guard_too_is_cleared_by_the_next_start() {
    for step in ["prepare", "build", "ready", "stage-talk"] {
        kill_at(step, true);
    }
}
