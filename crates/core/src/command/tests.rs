//! Tests of long-running commands.

use std::time::Duration;

use super::*;
use crate::environment::Environment;
use crate::process::{self, Process};
use crate::sweep::Graces;
use crate::wait::{self, Patience, Probe};

const LONG: Duration = Duration::from_secs(30);

/// Keeps what it is shown; a line `again` is no progress.
#[derive(Default)]
struct Seen {
    bytes: Vec<u8>,
    stalled: Option<End>,
}

impl Observer for Seen {
    fn output(&mut self, _: Stream, bytes: &[u8]) -> Progress {
        self.bytes.extend_from_slice(bytes);
        if bytes.starts_with(b"again") { Progress::None } else { Progress::Made }
    }

    fn stalled(&mut self, end: End) {
        self.stalled = Some(end);
    }
}

fn shell(script: &str, limits: Limits) -> Command {
    let argv = ["sh", "-c", script].map(str::to_owned).to_vec();
    Command { argv, cwd: "/".into(), environment: Environment::inherited(), limits }
}

fn run_shell(script: &str, limits: Limits) -> (Outcome, String) {
    run_with(script, limits, &Stop::default())
}

fn run_with(script: &str, limits: Limits, stop: &Stop) -> (Outcome, String) {
    let mut seen = Seen::default();
    let outcome = run(&shell(script, limits), stop, &mut seen).unwrap();
    assert_eq!(seen.stalled, Some(outcome.end).filter(|end| *end != End::Exited));
    (outcome, String::from_utf8(seen.bytes).unwrap())
}

fn quick(deadline: u64) -> Limits {
    let [int, term] = [100, 100].map(Duration::from_millis);
    let graces = Graces { int, term, kill: Duration::from_secs(5) };
    Limits { graces, ..Limits::within(Duration::from_millis(deadline)) }
}

/// A script that leaves `then` behind in a session of its own, and exits once that has begun.
#[cfg(target_os = "linux")]
fn escape(folder: &tempfile::TempDir, then: &str) -> String {
    let mark = folder.path().join("begun").display().to_string();
    format!("setsid sh -c 'echo $$ >{mark}; {then}' & until [ -s {mark} ]; do :; done; cat {mark}")
}

/// Ends what a test left on purpose, by id.
#[cfg(target_os = "linux")]
fn kill(process: &Process) {
    process.signal(rustix::process::Signal::KILL);
}

#[test]
fn streams_both_outputs_and_the_status() {
    let (outcome, seen) = run_shell("echo out; echo err >&2; exit 3", Limits::within(LONG));
    assert_eq!((outcome.end, outcome.status.unwrap().code()), (End::Exited, Some(3)));
    assert!(seen.contains("out\n") && seen.contains("err\n"));
    assert!(!outcome.success());
}

#[test]
fn the_child_gets_exactly_the_environment() {
    let mut command = shell("", Limits::within(LONG));
    command.argv = vec!["/usr/bin/env".into()];
    command.environment = Environment::default();
    command.environment.set("ONLY", "this", crate::environment::Origin::Run);
    let mut seen = Seen::default();
    run(&command, &Stop::default(), &mut seen).unwrap();
    assert_eq!(String::from_utf8(seen.bytes).unwrap(), "ONLY=this\n");
}

#[test]
fn a_missing_program_is_an_error() {
    let mut command = shell("", Limits::within(LONG));
    command.argv = vec!["no-such-program-anywhere".into()];
    assert!(run(&command, &Stop::default(), &mut Seen::default()).is_err());
}

#[test]
fn a_deadline_ends_a_child_that_ignores_int_and_term() {
    let (outcome, _) = run_shell("trap '' INT TERM; while :; do sleep 0.01; done", quick(200));
    assert_eq!(outcome.end, End::Deadline);
    assert!(outcome.status.is_some_and(|status| !status.success()));
    assert!(outcome.elapsed < Duration::from_secs(5));
}

#[test]
fn silence_is_no_progress() {
    let limits = Limits { progress: Some(Duration::from_millis(200)), ..quick(30_000) };
    let (outcome, seen) = run_shell("echo a; exec sleep 40", limits);
    assert_eq!((outcome.end, seen.as_str()), (End::NoProgress, "a\n"));
}

#[test]
fn output_without_progress_is_no_progress() {
    let limits = Limits { progress: Some(Duration::from_millis(300)), ..quick(30_000) };
    let (outcome, seen) = run_shell("echo a; while echo again; do sleep 0.02; done", limits);
    assert_eq!((outcome.end, seen.starts_with("a\nagain\n")), (End::NoProgress, true));
}

#[test]
fn a_stop_ends_it() {
    let stop = Stop::default();
    stop.note(2);
    let (outcome, _) = run_with("exec sleep 40", quick(30_000), &stop);
    assert_eq!(outcome.end, End::Stopped);
}

#[test]
fn a_second_stop_skips_the_graces() {
    let stop = Stop::default();
    stop.note(2);
    stop.note(2);
    let graces = Graces { int: LONG, term: LONG, kill: LONG };
    let limits = Limits { graces, ..quick(30_000) };
    let (outcome, _) = run_with("trap '' INT TERM; while :; do sleep 0.01; done", limits, &stop);
    assert_eq!(outcome.end, End::Stopped);
    assert!(outcome.elapsed < LONG);
}

#[test]
fn members_that_outlive_their_leader_are_named_and_killed() {
    let (outcome, seen) = run_shell("sleep 41 & echo $!; exit 0", Limits::within(LONG));
    let pid: i32 = seen.trim().parse().unwrap();
    assert_eq!(outcome.left_behind.iter().map(|p| p.pid).collect::<Vec<_>>(), [pid]);
    assert!(outcome.success() && outcome.holders.is_empty());
    // Its output is closed a moment before it is dead.
    let dead = |_| match process::find(pid).filter(Process::is_live) {
        Some(process) => Probe::NotYet(process),
        None => Probe::Ready(()),
    };
    let gone = wait::until(Patience::local(LONG), &Stop::default(), |_| (), dead);
    assert!(gone.is_ok(), "{gone:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn whoever_holds_the_output_from_another_session_is_named_and_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let (outcome, seen) = run_shell(&escape(&folder, "exec sleep 42"), Limits::within(LONG));
    assert!(outcome.elapsed < LONG && !outcome.holders.is_empty());
    let pid: i32 = seen.trim().parse().unwrap();
    assert!(outcome.holders.iter().any(|(process, _)| process.pid == pid), "{outcome:?}");
    outcome.holders.iter().for_each(|(process, _)| kill(process));
}

#[test]
#[cfg(target_os = "linux")]
fn a_chatty_holder_does_not_keep_the_window_open() {
    let folder = tempfile::tempdir().unwrap();
    let script = escape(&folder, "while echo x; do sleep 0.01; done");
    let (outcome, _) = run_shell(&script, Limits::within(LONG));
    assert!(outcome.elapsed < LONG && !outcome.holders.is_empty());
    outcome.holders.iter().for_each(|(process, _)| kill(process));
}

#[test]
#[cfg(target_os = "linux")]
fn a_member_that_ends_a_moment_later_is_not_left_behind() {
    let (outcome, _) = run_shell("sleep 0.03 & exit 0", Limits::within(LONG));
    assert_eq!(outcome.left_behind, []);
}

#[test]
fn what_nobody_holds_is_closed_however_late_its_readers_are() {
    let (child, heard) = Child::start(&shell("exit 0", Limits::within(LONG))).unwrap();
    let mut left = 3;
    while left > 0 {
        left -= usize::from(matches!(heard.recv(), Ok(Message::Closed | Message::Exited)));
    }
    let (sender, messages) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        for _ in 0..2 {
            std::thread::sleep(Duration::from_millis(50));
            let _ = sender.send(Message::Closed);
        }
    });
    let (open, mut seen) = (2, Seen::default());
    let mut drain = Drain { child: &child, messages: &messages, open, observer: &mut seen };
    assert!(drain.until_closed(Duration::ZERO).0);
    reader.join().unwrap();
    assert!(child.reap().is_some_and(|status| status.success()));
}

#[test]
#[cfg(target_os = "linux")]
fn silence_is_progress_while_its_processes_work() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("grows").display().to_string();
    let limits =
        |work| Limits { progress: Some(Duration::from_millis(400)), work, ..quick(30_000) };
    // A second of either.
    let counts = "timeout --foreground 1 sh -c 'while :; do :; done'; :";
    let writes = format!("for i in 0 1 2 3 4 5 6 7 8 9; do echo x >>{file}; sleep 0.1; done");
    for script in [counts, &writes] {
        let (outcome, _) = run_shell(script, limits(true));
        assert_eq!(outcome.end, End::Exited, "{script}");
    }
    for (script, work) in [(counts, false), (&writes, false), ("sleep 40; :", true)] {
        let (outcome, _) = run_shell(script, limits(work));
        assert_eq!(outcome.end, End::NoProgress, "{script}");
    }
}

#[test]
fn who_says_the_same_for_ever_does_not_move_however_busy_it_is() {
    let limits = Limits { progress: Some(Duration::from_millis(400)), work: true, ..quick(30_000) };
    let (outcome, _) = run_shell("while :; do echo again; done", limits);
    assert_eq!(outcome.end, End::NoProgress);
}
