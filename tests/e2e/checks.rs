//! The profile's own commands, when they do not do what they should.

use smoke_tests::Scenario;

scenarios! {
    one_that_exits_with_0_passes: Scenario {
        rest: "[[check]]\nname = \"fine\"\ncommand = [\"test\", \"-f\", \"README.md\"]\n",
        ..Scenario::default()
    },
    one_that_fails_is_shown_with_its_last_lines: Scenario {
        rest: "[[check]]\nname = \"bad\"\ncommand = [\"sh\", \"-c\", \"echo 2 of 3 files; exit 9\"]\n",
        code: 1,
        outcome: "failed",
        step: "check-bad",
        cause: "check-failed",
        says: &["exit status: 9", "2 of 3 files"],
        ..Scenario::default()
    },
    one_whose_program_is_missing_says_so: Scenario {
        rest: "[[check]]\nname = \"bad\"\ncommand = [\"no-such-program-here\"]\n",
        code: 4,
        outcome: "error",
        step: "check-bad",
        cause: "prerequisite-missing",
        says: &["no-such-program-here"],
        ..Scenario::default()
    },
    one_that_hangs_is_ended_at_its_deadline: Scenario {
        rest: "[deadlines]\ncheck-slow = \"1s\"\n\
               [[check]]\nname = \"slow\"\ncommand = [\"sh\", \"-c\", \"echo begun; sleep 600\"]\n",
        code: 3,
        outcome: "timed_out",
        step: "check-slow",
        cause: "deadline",
        says: &["begun", "deadline of 1s"],
        ..Scenario::default()
    },
    one_that_is_silent_makes_no_progress: Scenario {
        rest: "[[check]]\nname = \"mute\"\ncommand = [\"sh\", \"-c\", \"echo begun; sleep 600\"]\n",
        arguments: &["--heartbeat-timeout", "1"],
        code: 3,
        outcome: "timed_out",
        step: "check-mute",
        cause: "no-progress",
        says: &["begun", "printed, computed and wrote nothing for 1s"],
        ..Scenario::default()
    },
    one_that_makes_the_clone_dirty_is_found: Scenario {
        rest: "[[check]]\nname = \"messy\"\ncommand = [\"touch\", \"stray.txt\"]\n",
        code: 1,
        outcome: "failed",
        step: "verify",
        cause: "dirty-clone",
        says: &["stray.txt"],
        ..Scenario::default()
    },
    one_that_leaves_a_process_behind_is_a_leak: Scenario {
        rest: "[[check]]\nname = \"leaky\"\n\
               command = [\"sh\", \"-c\", \"sleep 600 >/dev/null 2>&1 & echo gone\"]\n",
        code: 1,
        outcome: "failed",
        step: "check-leaky",
        cause: "leak",
        says: &["sleep 600", "pid "],
        ..Scenario::default()
    },
    one_that_is_out_of_scope_is_not_run: Scenario {
        rest: "[[check]]\nname = \"bad\"\nscope = \"full\"\ncommand = [\"false\"]\n",
        ..Scenario::default()
    },
    the_full_scope_runs_all: Scenario {
        rest: "[[check]]\nname = \"bad\"\nscope = \"full\"\ncommand = [\"false\"]\n",
        arguments: &["--pytest-scope", "full"],
        code: 1,
        outcome: "failed",
        step: "check-bad",
        cause: "check-failed",
        ..Scenario::default()
    },
}
