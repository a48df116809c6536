//! What steps and gateways leave behind, in every way that a process can get away.

use std::process::Command;

use smoke_tests::tiny::{gateway, small};
use smoke_tests::{Sandbox, Scenario};

/// A check that leaves a process behind in the way that `command` does.
macro_rules! leaving {
    ($command:expr, $holds:literal) => {
        Scenario {
            rest: concat!(
                "[[check]]\nname = \"leaky\"\ncommand = [\"sh\", \"-c\", '''",
                $command,
                "''']\n"
            ),
            code: 1,
            outcome: "failed",
            step: "check-leaky",
            cause: "leak",
            says: &["sleep 61", "pid ", $holds],
            ..Scenario::default()
        }
    };
}

/// A shell that exits when its child has a session of its own, and not while it is still in the
/// group, with which it would be ended.
macro_rules! away {
    ($command:literal, $silent:literal) => {
        concat!(
            "setsid sh -c 'echo >\"$SMOKE_WORKSPACE/away\"; exec ",
            $command,
            "' ",
            $silent,
            " </dev/null & until test -e \"$SMOKE_WORKSPACE/away\"; do sleep 0.01; done"
        )
    };
}

scenarios! {
    a_child_in_the_background: leaving!("sleep 610 >/dev/null 2>&1 </dev/null & exit 0", "group"),
    a_child_that_holds_stdout: leaving!(
        away!("sleep 611", "2>/dev/null"), "stdout"
    ),
    a_child_that_holds_stderr: leaving!(
        away!("sleep 612", ">/dev/null"), "stderr"
    ),
    a_child_that_ignores_signals: leaving!(
        "(trap '' INT TERM; exec sleep 613) >/dev/null 2>&1 & exit 0", "group"
    ),
    a_child_in_a_session_of_its_own: leaving!(
        "setsid sleep 614 >/dev/null 2>&1 </dev/null & exit 0", ""
    ),
    a_grandchild_whose_parents_are_gone: leaving!(
        "(setsid sh -c 'sleep 615 >/dev/null 2>&1 & exit 0' &) ; exit 0", ""
    ),
    a_child_with_an_environment_of_its_own: leaving!(
        "env -i setsid sleep 616 >/dev/null 2>&1 </dev/null & exit 0", ""
    ),
    a_gateway_that_leaves_its_servers_behind_at_every_try: Scenario {
        profile: gateway(
            &["sh", "-c", "setsid sleep 617 >/dev/null 2>&1 & echo no port; exit 1"], &["say"]
        ),
        code: 1,
        outcome: "failed",
        step: "ready",
        cause: "gateway-crashed",
        says: &["no port"],
        ..Scenario::default()
    },
    a_gateway_that_ignores_every_polite_signal: Scenario {
        profile: small(&["say"]).replace(
            "command = [",
            "command = [\"sh\", \"-c\", \"trap '' INT TERM; \\\"$@\\\"; :\", \"sh\", ",
        ),
        ..Scenario::default()
    },
    one_that_starts_late_is_waited_for: Scenario {
        profile: small(&["say"]).replace(
            "command = [", "command = [\"sh\", \"-c\", \"sleep 0.4; exec \\\"$@\\\"\", \"sh\", ",
        ),
        ..Scenario::default()
    },
}

/// A daemon of the developer's takes the output of a command over: it is named, and lives on.
#[test]
fn a_stranger_that_holds_the_output() {
    let sandbox = Sandbox::new();
    let met = sandbox.path();
    let take = format!(
        "until [ -s {met}/pid ]; do sleep 0.01; done
        exec 9>/proc/$(cat {met}/pid)/fd/1; touch {met}/held; exec sleep 618"
    );
    let mut stranger = Command::new("sh").args(["-c", &take]).spawn().unwrap();
    let check = format!(
        "[[check]]\nname = \"talks\"\ncommand = [\"sh\", \"-c\", '''
        echo $$ >{met}/pid; until [ -e {met}/held ]; do sleep 0.01; done''']\n"
    );
    let scenario = Scenario {
        rest: &check,
        code: 1,
        outcome: "failed",
        step: "check-talks",
        cause: "pipe-held",
        says: &["sleep 618", "holds stdout", "which has run for"],
        ..Scenario::default()
    };
    scenario.play_in(&sandbox);
    assert_eq!(stranger.try_wait().unwrap(), None, "the stranger was ended");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}
