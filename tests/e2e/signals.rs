//! Signals: an orderly end, whatever a run is doing.

use rustix::process::Signal;
use smoke_tests::tiny::{TALK, small, tiny};
use smoke_tests::{Finished, Sandbox, sandbox};

const SLOW: &str = "[[check]]\nname = \"slow\"\n\
    command = [\"sh\", \"-c\", \"touch \\\"$SMOKE_WORKSPACE/begun\\\"; sleep 600\"]\n";

fn interrupt(signal: Signal) -> Finished {
    let sandbox = Sandbox::new();
    let source = tiny(&sandbox, &format!("{}{SLOW}{TALK}", small(&["say"])), &[]);
    let port = sandbox::port().to_string();
    let mut run = sandbox.start(&["smoke", "--source", source.path().as_str(), "--port", &port]);
    run.wait_for("ready          passed");
    smoke_tests::wait::until("the check to begin", || {
        let mut workspaces = sandbox.tmp().read_dir_utf8().unwrap().flatten();
        workspaces.any(|found| found.path().join("begun").exists()).then_some(())
    });
    run.signal(signal);
    let finished = run.finish();
    assert_eq!(finished.record["outcome"], "interrupted", "{}", finished.shown());
    assert_eq!(finished.record["exit_code"], finished.code);
    assert_eq!(finished.step("check-slow")["outcome"], "interrupted");
    assert_eq!(finished.step("teardown")["outcome"], "passed");
    assert!(finished.file("logs/check-slow.log").contains("sleep 600"));
    finished
}

#[test]
fn ctrl_c_ends_a_run_with_its_record() {
    interrupt(Signal::INT).expect(130).caused_by("interrupted");
}

#[test]
fn sigterm_ends_a_run_with_its_record() {
    interrupt(Signal::TERM).expect(143).caused_by("interrupted");
}

#[test]
fn a_terminal_that_goes_away_ends_a_run_with_its_record() {
    interrupt(Signal::HUP).expect(129).caused_by("interrupted");
}
