//! A single server without any gateway, spoken to over its input and output.

use serde_json::json;
use smoke_tests::binaries::program;
use smoke_tests::{Sandbox, Scenario};

scenarios! {
    one_that_answers_passes: Scenario { profile: small(), ..Scenario::default() },
    one_that_knows_no_sessions_passes: Scenario {
        profile: format!("{}[env]\nSMALL_STATELESS = \"1\"\n", small()),
        ..Scenario::default()
    },
    one_that_listens_instead_is_told_from_one_that_is_silent: Scenario {
        profile: shell("exec $SERVER $PROXY_PORT say"),
        arguments: &["--restart-timeout", "2"],
        code: 3,
        outcome: "timed_out",
        step: "ready",
        cause: "gateway-error",
        says: &["answers nothing on its output, and listens on port", "leave out transport = \"stdio\""],
        ..Scenario::default()
    },
    one_that_serves_at_a_port_instead_is_told_without_waiting_for_the_deadline: Scenario {
        profile: shell("exec $SERVER $PROXY_PORT say"),
        arguments: &["--restart-timeout", "120"],
        code: 1,
        outcome: "failed",
        step: "ready",
        cause: "gateway-error",
        says: &["answers nothing on its output, and listens on port", "leave out transport = \"stdio\""],
        ..Scenario::default()
    },
    one_that_ends_at_once_is_shown_with_its_last_lines: Scenario {
        profile: shell("echo cannot find the folder >&2; exit 7"),
        code: 1,
        outcome: "failed",
        step: "ready",
        cause: "gateway-crashed",
        says: &["exit status: 7", "cannot find the folder"],
        ..Scenario::default()
    },
    one_that_starts_once_is_told_that_its_second_start_failed: Scenario {
        profile: shell("rm launcher.json && exec $SERVER stdio say"),
        files: &[("launcher.json", "{}\n")],
        code: 1,
        outcome: "failed",
        step: "ready",
        cause: "gateway-crashed",
        says: &["its first start served, and the next one did not", "look at what the first start changed"],
        ..Scenario::default()
    },
    one_whose_program_does_not_exist_is_named: Scenario {
        profile: stdio(&["no-such-server"], ""),
        code: 4,
        outcome: "error",
        step: "ready",
        cause: "prerequisite-missing",
        says: &["there is no `no-such-server` on PATH"],
        ..Scenario::default()
    },
    one_that_never_answers_is_ended_at_the_deadline: Scenario {
        profile: shell("trap '' TERM; echo begun >&2; while :; do sleep 1; done"),
        arguments: &["--restart-timeout", "1"],
        code: 3,
        outcome: "timed_out",
        step: "ready",
        cause: "no-progress",
        says: &["begun", "waiting for the answer"],
        ..Scenario::default()
    },
    one_that_speaks_another_language_is_quoted: Scenario {
        profile: shell("echo 'Usage: serve DIR'; sleep 600"),
        arguments: &["--restart-timeout", "1"],
        code: 3,
        outcome: "timed_out",
        step: "ready",
        cause: "gateway-error",
        says: &["Usage: serve DIR"],
        ..Scenario::default()
    },
    one_that_floods_its_output_is_bounded: Scenario {
        profile: shell("exec yes"),
        arguments: &["--restart-timeout", "1"],
        code: 3,
        outcome: "timed_out",
        step: "ready",
        cause: "gateway-error",
        ..Scenario::default()
    },
    one_that_ends_during_a_call_fails_that_call: Scenario {
        profile: stdio(&[program("small-gateway").as_str(), "stdio", "say,exit"], ""),
        rest: "[[stage]]\nname = \"talk\"\n[[stage.call]]\ntool = \"exit\"\n",
        code: 1,
        outcome: "failed",
        step: "stage-talk",
        cause: "agent-call-failed",
        says: &["exit status: 7"],
        ..Scenario::default()
    },
    an_address_makes_no_sense_without_a_gateway: Scenario {
        profile: stdio(&["serve"], "url = \"http://127.0.0.1:1/mcp\"\n"),
        code: 2,
        outcome: "error",
        step: "prepare",
        cause: "config-invalid",
        says: &["`url` is for a gateway that listens"],
        ..Scenario::default()
    },
}

#[test]
fn one_that_prints_other_lines_too_passes_with_a_note() {
    let sandbox = Sandbox::new();
    let profile = shell("echo Starting up; exec $SERVER stdio say");
    let finished = Scenario { profile, ..Scenario::default() }.play_in(&sandbox);
    let note = "its output has the line \"Starting up\", which is no message";
    assert!(finished.stderr.contains(note), "{}", finished.shown());
}

fn small() -> String {
    stdio(&[program("small-gateway").as_str(), "stdio", "say"], "tools = [\"say\"]\n")
}

fn shell(script: &str) -> String {
    let script = script.replace("$SERVER", program("small-gateway").as_str());
    stdio(&["sh", "-c", &script], "")
}

fn stdio(command: &[&str], more: &str) -> String {
    let command = json!(command);
    format!("[gateway]\ntransport = \"stdio\"\ncommand = {command}\n{more}")
}
