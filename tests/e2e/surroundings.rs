//! Surroundings in which runs must work as well as in a terminal.

use std::process::Command;

use smoke_tests::binaries::binaries;
use smoke_tests::tiny::{TALK, small, tiny};
use smoke_tests::{Finished, Sandbox, sandbox, skipped, small_disk};

/// Runs the harness by way of a shell, in which `$@` is its command line.
fn run_by(sandbox: &Sandbox, shell: &str) -> Finished {
    let mut command = sandbox.command("sh");
    command.args(["-c", shell, "sh"]);
    run(sandbox, command)
}

/// Runs the harness by way of `command`, which takes its command line as arguments.
fn run(sandbox: &Sandbox, mut command: Command) -> Finished {
    let source = tiny(sandbox, &format!("{}{TALK}", small(&["say"])), &[]);
    let port = sandbox::port().to_string();
    command.args([binaries().xtask.as_str(), "smoke", "--port", &port]);
    command.args(["--source", source.path().as_str()]);
    sandbox.run(command).finish()
}

fn passes(shell: &str) {
    let sandbox = Sandbox::new();
    let finished = run_by(&sandbox, shell).expect(0);
    assert!(sandbox.runs().read_dir_utf8().unwrap().next().is_some(), "{}", finished.shown());
}

#[test]
fn with_stdout_closed() {
    passes("\"$@\" --format json >&-");
}

#[test]
fn with_stderr_closed() {
    passes("\"$@\" 2>&-");
}

#[test]
fn with_all_streams_closed() {
    passes("\"$@\" <&- >&- 2>&-");
}

#[test]
fn with_a_reader_that_has_gone() {
    // The pipe's reader ends at once; the exit code is kept beside the pipe.
    passes(
        "{ \"$@\" --format json 2>&1; echo $? >code; } | true; until test -s code; do sleep 0.01; done; exit $(cat code)",
    );
}

#[test]
fn with_sigchld_and_the_terminals_signals_ignored() {
    passes("trap '' CHLD HUP QUIT PIPE; exec \"$@\"");
}

#[test]
fn with_the_environment_of_a_cron_job() {
    passes("exec env -i HOME=\"$HOME\" PATH=/usr/bin:/bin TMPDIR=\"$TMPDIR\" \"$@\"");
}

#[test]
fn with_few_open_files_allowed() {
    passes("ulimit -n 64; exec \"$@\"");
}

#[test]
fn below_timeout() {
    passes("exec timeout 60 \"$@\"");
}

#[test]
fn with_less_to_see_of_processes() {
    let sandbox = Sandbox::new();
    let script = "for path in pressure 1; do
        ! test -d /proc/$path || mount -t tmpfs none /proc/$path || exit 77
    done; exec \"$@\"";
    let Some(command) = small_disk::with_mounts(&sandbox, script) else {
        return skipped("nothing can be mounted here, not even in a namespace of its own");
    };
    let finished = run(&sandbox, command).expect(0);
    let unseen = finished.record["unseen"].to_string();
    for what in ["pressure", "processes of other users"] {
        assert!(unseen.contains(&format!("\"{what}\"")), "{unseen}");
        assert!(finished.file("logs/prepare.log").contains(what), "{}", finished.shown());
    }
}
