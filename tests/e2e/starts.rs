//! Stacks that are started by a script of their own: what it leaves running is the stack, and it ends
//! with the run, whatever the script does.

use rustix::process::Signal;
use serde_json::json;
use smoke_tests::binaries::program;
use smoke_tests::pm2;
use smoke_tests::record::{assert_folds, assert_schema};
use smoke_tests::tiny::{TALK, tiny};
use smoke_tests::{Finished, Sandbox, Scenario, sandbox, skipped, wait};

/// A profile whose stack is started by this line of shell, in which `$serve` is the gateway's
/// command line and `$logs` the folder of the run's logs.
fn by_script(line: &str) -> String {
    let serve = format!("{} $PROXY_PORT say", program("small-gateway"));
    let script = format!("serve='{serve}'; logs=$SMOKE_WORKSPACE/logs\n{line}");
    let start = json!(["sh", "-c", script.replace("$PROXY_PORT", "'$PROXY_PORT'")]);
    format!("name = \"tiny\"\n[gateway]\nserver = \"stack\"\nstart = {start}\ntools = [\"say\"]\n")
}

fn play(sandbox: &Sandbox, line: &str) -> Finished {
    Scenario { profile: by_script(line), ..Scenario::default() }.play_in(sandbox)
}

#[test]
fn what_a_script_leaves_running_is_the_stack() {
    for line in [
        "$serve >$logs/own.log 2>&1 &",
        // It holds the script's own outputs.
        "echo starting; setsid $serve & echo started",
        // A parent in between that goes.
        "(setsid sh -c \"$serve & echo begun\" &) >/dev/null 2>&1",
    ] {
        let sandbox = Sandbox::new();
        let finished = play(&sandbox, line);
        assert_schema(&finished.record);
        assert_folds(&finished);
        assert_eq!(finished.record["leaks"], json!([]), "{line}: {}", finished.shown());
        assert!(finished.record["env_audit"]["processes"].as_u64().unwrap() >= 1);
    }
}

#[test]
fn one_that_starts_the_stack_again_and_again_leaves_nothing() {
    let line = "setsid sh -c \"trap '' INT TERM HUP; while :; do $serve; done\" >/dev/null 2>&1 &";
    let finished = play(&Sandbox::new(), line);
    assert_eq!(finished.record["leaks"], json!([]), "{}", finished.shown());
}

#[test]
fn one_that_ignores_its_end_cannot_start_the_stack_after_the_run() {
    let sandbox = Sandbox::new();
    let begun = sandbox.path().join("begun");
    let line = format!(
        "trap '' INT TERM HUP; touch {begun}; setsid sh -c \"trap '' INT TERM; sleep 1; $serve\" & \
         while :; do sleep 0.2; $serve & done"
    );
    let source = tiny(&sandbox, &format!("{}{TALK}", by_script(&line)), &[]);
    let port = sandbox::port().to_string();
    let run = sandbox.start(&["smoke", "--source", source.path().as_str(), "--port", &port]);
    wait::until("the script to begin", || begun.exists().then_some(()));
    run.signal(Signal::INT);
    let finished = run.finish().expect(130).caused_by("interrupted");
    assert_eq!(finished.step("teardown")["outcome"], "passed", "{}", finished.shown());
}

scenarios! {
    one_that_fails_is_named_with_its_own_last_words_and_those_of_the_gateway: Scenario {
        profile: by_script("echo cannot bind >$logs/own.log; echo giving up; exit 3"),
        code: 1,
        outcome: "failed",
        step: "start",
        cause: "gateway-crashed",
        says: &["the start script `sh -c", "exit status: 3", "giving up", "cannot bind"],
        ..Scenario::default()
    },
    one_that_never_ends_is_ended_at_its_deadline: Scenario {
        profile: by_script("echo waiting for the port; $serve >/dev/null & sleep 600"),
        rest: "[deadlines]\nstart = \"1s\"\n",
        code: 3,
        outcome: "timed_out",
        step: "start",
        cause: "deadline",
        says: &["waiting for the port"],
        ..Scenario::default()
    },
    a_stack_that_dies_after_its_start_is_named_with_its_last_words: Scenario {
        profile: by_script("sh -c 'echo no module named x >&2; exit 4' 2>$logs/own.log & sleep 0.2"),
        rest: "",
        code: 1,
        outcome: "failed",
        step: "ready",
        cause: "gateway-crashed",
        says: &["nothing that the start script has started runs", "no module named x", "own.log"],
        ..Scenario::default()
    },
    an_address_that_the_stack_has_read_at_its_start_is_named_when_a_call_finds_nobody: Scenario {
        profile: by_script(
            "echo '{\"proxyURL\": \"http://127.0.0.1:9\"}' >$STELAE_STATE_HOME/read.json; \
             $serve >$logs/own.log 2>&1 &",
        ),
        rest: "[[check]]\nname = \"render\"\nafter = \"ready\"\n\
               command = [\"rm\", \"{{STELAE_STATE_HOME}}/read.json\"]\n\
               [[stage]]\nname = \"talk\"\n[[stage.call]]\ntool = \"say\"\n\
               arguments = { text = \"all connection attempts failed\" }\n\
               result_contains = [\"hello\"]\n",
        code: 1,
        outcome: "failed",
        step: "stage-talk",
        cause: "agent-call-failed",
        says: &["at the start, .state/read.json has proxyURL = http://127.0.0.1:9,"],
        ..Scenario::default()
    },
    one_that_is_not_there_is_named: Scenario {
        profile: "name = \"tiny\"\n[gateway]\nstart = [\"scripts/up.sh\"]\n".to_owned(),
        rest: "",
        code: 1,
        outcome: "failed",
        step: "start",
        cause: "gateway-crashed",
        says: &["scripts/up.sh to start"],
        ..Scenario::default()
    },
    a_server_over_stdio_is_not_started_by_a_script: Scenario {
        profile: "name = \"t\"\n[gateway]\ncommand = [\"x\"]\nstart = [\"y\"]\n\
                  transport = \"stdio\"\n".to_owned(),
        rest: "",
        code: 2,
        outcome: "error",
        step: "prepare",
        cause: "config-invalid",
        says: &["`start` is for a gateway that listens"],
        ..Scenario::default()
    },
}

/// An ecosystem file whose only app serves.
fn ecosystem() -> String {
    let app = json!({
        "name": "proxy", "script": program("small-gateway"), "args": ["$PROXY_PORT", "say"],
        "interpreter": "none", "out_file": "/dev/null", "error_file": "/dev/null",
    });
    let text = format!("module.exports = {};\n", json!({"apps": [app]}));
    text.replace("\"$PROXY_PORT\"", "process.env.PROXY_PORT")
}

/// Plays a script that starts pm2 by itself, under the given supervisor.
fn under_pm2(
    sandbox: &Sandbox,
    supervisor: &str,
    line: &str,
    expected: Scenario,
) -> Option<Finished> {
    let pm2 = pm2::program().map_err(|why| skipped(&format!("no pm2: {why}"))).ok()?;
    let arguments = ["--supervisor", supervisor, "--pm2", pm2.as_str()];
    let profile = by_script(&format!("pm2={pm2}; {line}"));
    let files = [("ecosystem.config.js", &*ecosystem())];
    let scenario = Scenario { profile, files: &files, arguments: &arguments, ..expected };
    Some(scenario.play_in(sandbox))
}

#[test]
fn apps_that_a_script_has_started_under_the_runs_pm2_are_the_stack() {
    for supervisor in ["pm2", "embedded"] {
        let line = "$pm2 kill; $pm2 start ecosystem.config.js";
        let sandbox = Sandbox::new();
        let finished = under_pm2(&sandbox, supervisor, line, Scenario::default());
        let Some(finished) = finished else { return };
        assert_eq!(finished.record["leaks"], json!([]), "{supervisor}: {}", finished.shown());
        assert!(finished.file("logs/pm2.log").contains("App [proxy:0] online"));
    }
}

#[test]
fn an_app_that_crashes_is_named_with_what_pm2_says_of_it() {
    let line = "$pm2 start /bin/sh --name proxy --interpreter none -- -c 'echo oops >&2; exit 7'";
    let expected = Scenario {
        rest: "",
        code: 1,
        outcome: "failed",
        step: "ready",
        cause: "gateway-crashed",
        says: &["exit code 7", "oops"],
        ..Scenario::default()
    };
    under_pm2(&Sandbox::new(), "pm2", line, expected);
}
