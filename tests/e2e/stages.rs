//! Stages whose expectations are not met.

use smoke_tests::Scenario;
use smoke_tests::binaries::program;
use smoke_tests::tiny::{gateway, small};

const FAIL: &str = "[[stage]]\nname = \"try\"\n[[stage.call]]\ntool = \"fail\"\n";

const EXIT: &str = "[[stage]]\nname = \"try\"\n[[stage.call]]\ntool = \"exit\"\n";

/// A gateway that is started by a shell, which does `then` after its end.
fn wrapped(then: &str) -> String {
    let script = format!("{} $PROXY_PORT say,exit; {then}", program("small-gateway"));
    gateway(&["sh", "-c", &script], &["say", "exit"])
}

scenarios! {
    a_gateway_that_crashed_behind_a_slow_wrapper_is_named: Scenario {
        profile: wrapped("sleep 0.7; exit 7"),
        rest: EXIT,
        code: 1,
        outcome: "failed",
        step: "stage-try",
        cause: "gateway-crashed",
        says: &["crashed during stage try: exit status: 7", "| no database any more"],
        ..Scenario::default()
    },
    a_gateway_that_is_gone_while_its_wrapper_lives_on_is_named: Scenario {
        profile: wrapped("sleep 600"),
        rest: EXIT,
        code: 1,
        outcome: "failed",
        step: "stage-try",
        cause: "gateway-not-listening",
        says: &["since stage try, nothing listens", "| no database any more"],
        ..Scenario::default()
    },
    a_call_that_fails_fails_the_stage: Scenario {
        profile: small(&["say", "fail"]),
        rest: FAIL,
        code: 1,
        outcome: "failed",
        step: "stage-try",
        cause: "agent-call-failed",
        says: &["fail", "this tool always fails"],
        ..Scenario::default()
    },
    a_call_that_should_fail_may: Scenario {
        profile: small(&["say", "fail"]),
        rest: "[[stage]]\nname = \"try\"\n[[stage.call]]\ntool = \"fail\"\nstatus = \"failed\"\n",
        ..Scenario::default()
    },
    a_result_without_the_expected_text_fails_the_stage: Scenario {
        rest: "[[stage]]\nname = \"try\"\n[[stage.call]]\ntool = \"say\"\n\
               arguments = { text = \"hello\" }\nresult_contains = [\"goodbye\"]\n",
        code: 1,
        outcome: "failed",
        step: "stage-try",
        cause: "agent-call-failed",
        says: &["say", "goodbye"],
        ..Scenario::default()
    },
    an_expectation_that_no_call_can_meet_fails_the_stage: Scenario {
        rest: "[[stage]]\nname = \"try\"\n[[stage.call]]\ntool = \"say\"\n\
               arguments = { text = \"hello\" }\nexpect = { text = \"goodbye\" }\n",
        code: 1,
        outcome: "failed",
        step: "stage-try",
        cause: "agent-no-calls",
        says: &["say"],
        ..Scenario::default()
    },
    a_tool_that_makes_the_clone_dirty_fails_the_stage: Scenario {
        profile: small(&["say", "write"]),
        rest: "[[stage]]\nname = \"try\"\n[[stage.call]]\ntool = \"write\"\n\
               arguments = { path = \"stray.txt\" }\n",
        code: 1,
        outcome: "failed",
        step: "stage-try",
        cause: "dirty-clone",
        says: &["stray.txt"],
        ..Scenario::default()
    },
    a_tool_that_never_answers_is_given_up_at_the_deadline: Scenario {
        profile: small(&["say", "hang"]),
        rest: "[deadlines]\nstage-try = \"1s\"\n\
               [[stage]]\nname = \"try\"\n[[stage.call]]\ntool = \"hang\"\n",
        code: 3,
        outcome: "timed_out",
        step: "stage-try",
        cause: "agent-call-failed",
        says: &["hang", "no answer within"],
        ..Scenario::default()
    },
    a_tool_that_should_have_come_is_missed: Scenario {
        rest: "[[stage]]\nname = \"try\"\ntools_present = [\"more\"]\n",
        code: 1,
        outcome: "failed",
        step: "stage-try",
        cause: "tools-missing",
        says: &["tool more is not listed"],
        ..Scenario::default()
    },
    a_tool_that_should_have_gone_is_noticed: Scenario {
        rest: "[[stage]]\nname = \"try\"\ntools_absent = [\"say\"]\n",
        code: 1,
        outcome: "failed",
        step: "stage-try",
        cause: "tools-missing",
        says: &["tool say is still listed"],
        ..Scenario::default()
    },
}
