//! Signals: an orderly end, whatever a run is doing.

use rustix::process::Signal;
use smoke_tests::tiny::{TALK, gateway, small, tiny};
use smoke_tests::{Finished, Running, Sandbox, executable, sandbox};

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

/// Interrupts a run on `profile` once it has said `word`, and returns how long it took to end.
fn interrupt_at(profile: &str, word: &str) -> Finished {
    let sandbox = Sandbox::new();
    let source = tiny(&sandbox, profile, &[]);
    let port = sandbox::port().to_string();
    let mut run = sandbox.start(&["smoke", "--source", source.path().as_str(), "--port", &port]);
    run.wait_for(word);
    let file = sandbox.path().join("reached");
    smoke_tests::wait::until("the gateway to be reached", || file.exists().then_some(()));
    let begin = std::time::Instant::now();
    run.signal(Signal::INT);
    let finished = run.finish().expect(130).caused_by("interrupted");
    let took = begin.elapsed().as_secs_f64();
    assert!(took < 5.0, "it took {took} s; {}", finished.shown());
    finished
}

#[test]
fn a_tool_that_never_answers_does_not_hold_up_an_interrupt() {
    // The gateway writes this file before it hangs, as its folder is the clone.
    let stage = "[[stage]]\nname = \"talk\"\n\
        [[stage.call]]\ntool = \"write\"\narguments = { path = \"../../../reached\" }\n\
        [[stage.call]]\ntool = \"hang\"\n";
    let profile = format!("{}{stage}", small(&["write", "hang"]));
    let finished = interrupt_at(&profile, "ready          passed");
    assert_eq!(finished.step("stage-talk")["outcome"], "interrupted", "{}", finished.shown());
}

#[test]
fn a_gateway_that_accepts_and_never_answers_does_not_hold_up_an_interrupt() {
    let script = "import socket, sys, time\n\
        server = socket.socket(); server.bind(('127.0.0.1', int(sys.argv[1]))); server.listen()\n\
        server.accept(); open('../../../reached', 'w').close(); time.sleep(600)";
    let profile = gateway(&["python3", "-c", script, "{{PROXY_PORT}}"], &["say"]);
    let finished = interrupt_at(&profile, "start          passed");
    assert_eq!(finished.step("ready")["outcome"], "interrupted", "{}", finished.shown());
}

/// Starts a run in which git never says what is not committed, and waits until it was asked.
fn begin_with_a_git_that_hangs(sandbox: &mut Sandbox, more: &str) -> Running {
    let (bin, asked) = (sandbox.path().join("bin"), sandbox.path().join("asked"));
    let path = std::env::var("PATH").unwrap();
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *status*) touch {asked}; exec sleep 600;; esac\n\
         PATH='{path}' exec git \"$@\"\n"
    );
    std::fs::create_dir(&bin).unwrap();
    executable(&bin.join("git"), &script);
    let profile = format!("{}{more}{TALK}", small(&["say"]));
    let source = tiny(sandbox, &profile, &[]).path().to_owned();
    sandbox.set("PATH", format!("{bin}:{path}"));
    let run = sandbox.start(&["smoke", "--source", source.as_str()]);
    smoke_tests::wait::until("git to be asked", || asked.exists().then_some(()));
    run
}

#[test]
fn a_git_that_never_answers_does_not_hold_up_an_interrupt() {
    let mut sandbox = Sandbox::new();
    let run = begin_with_a_git_that_hangs(&mut sandbox, "");
    let begin = std::time::Instant::now();
    run.signal(Signal::INT);
    let finished = run.finish().expect(130).caused_by("interrupted");
    let took = begin.elapsed().as_secs_f64();
    assert!(took < 5.0, "it took {took} s; {}", finished.shown());
    assert_eq!(finished.record["outcome"], "interrupted", "{}", finished.shown());
    assert_eq!(finished.record["failed_step"], "prepare");
    assert_eq!(finished.step("prepare")["outcome"], "interrupted");
    assert!(finished.file("logs/prepare.log").contains("smoke --source"));
}

/// What is not committed is worth a part of `prepare`'s time, and no failure; that the clone is clean has to
/// be known.
#[test]
fn a_git_that_never_answers_holds_up_a_run_until_the_deadline_of_the_profile() {
    let mut sandbox = Sandbox::new();
    let deadlines = "[deadlines]\nprepare = \"2s\"\nclone = \"3s\"\n";
    let run = begin_with_a_git_that_hangs(&mut sandbox, deadlines);
    let finished = run.finish().expect(3).caused_by("deadline");
    assert_eq!(finished.step("prepare")["outcome"], "passed", "{}", finished.shown());
    let clone = finished.step("clone");
    assert_eq!(clone["outcome"], "timed_out", "{}", finished.shown());
    let took = clone["duration_ms"].as_u64().unwrap();
    assert!((2900..8000).contains(&took), "{}", finished.shown());
    finished.says(&["look at the changes in", "took longer than"]);
}
