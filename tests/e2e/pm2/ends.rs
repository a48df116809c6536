//! However a run under pm2 ends, nothing of it is left.

use std::time::Instant;

use camino::Utf8Path;
use rustix::process::Signal;
use serde_json::Value;
use smoke_core::process;
use smoke_tests::binaries::program;
use smoke_tests::killed::kill;
use smoke_tests::pm2::Major;
use smoke_tests::tiny::{TALK, gateway, tiny};
use smoke_tests::{Repository, Sandbox, wait};

use super::{in_front, real, stack, start};

/// Calls the real pm2 and does not return from the call that has `word` in it.
fn stuck_in(sandbox: &Sandbox, real: &Utf8Path, word: &str) -> camino::Utf8PathBuf {
    let begun = sandbox.path().join("begun");
    let script = format!(
        "\"$real\" \"$@\"; code=$?; case \" $* \" in *' {word} '*) touch '{begun}'; sleep 600;; \
         esac; exit $code"
    );
    in_front(sandbox, real, &script)
}

fn begun(sandbox: &Sandbox) {
    wait::until("the call", || sandbox.path().join("begun").exists().then_some(()));
}

fn deaf<'a>(sandbox: &'a Sandbox) -> Repository<'a> {
    let line = "trap '' INT TERM; while :; do sleep 0.1; done";
    let profile = format!("{}{TALK}", gateway(&["sh", "-c", line], &["say"]));
    tiny(sandbox, &profile, &[])
}

#[test]
fn a_run_that_is_killed_in_any_step_of_pm2_leaves_nothing() {
    use Major::{Before, Current};
    for (major, word) in
        [(Current, "ping"), (Current, "start"), (Current, "jlist"), (Before, "start")]
    {
        let sandbox = Sandbox::new();
        let Some(real) = real(major) else { return };
        let pm2 = stuck_in(&sandbox, real, word);
        let run = start(&sandbox, &stack(&sandbox, ""), &pm2, &[]);
        begun(&sandbox);
        kill(&sandbox, run);
    }
}

#[test]
fn a_run_that_is_killed_while_its_daemon_comes_up_leaves_nothing() {
    let sandbox = Sandbox::new();
    let Some(pm2) = real(Major::Current) else { return };
    let run = start(&sandbox, &stack(&sandbox, ""), pm2, &[]);
    wait::until("the daemon", || {
        let of_run = process::carrying("HOME", sandbox.home().as_str());
        of_run.iter().any(|p| p.argv.iter().any(|a| a.ends_with("Daemon.js"))).then_some(())
    });
    kill(&sandbox, run);
}

#[test]
fn a_run_that_is_killed_while_its_app_is_deaf_leaves_nothing() {
    let sandbox = Sandbox::new();
    let Some(pm2) = real(Major::Current) else { return };
    let mut run = start(&sandbox, &deaf(&sandbox), pm2, &[]);
    run.wait_for("start          passed");
    kill(&sandbox, run);
}

#[test]
fn an_app_that_ignores_every_signal_is_ended_within_bounds() {
    let sandbox = Sandbox::new();
    let Some(pm2) = real(Major::Current) else { return };
    let run = start(&sandbox, &deaf(&sandbox), pm2, &["--restart-timeout", "1"]);
    let finished = run.finish().expect(3).caused_by("gateway-not-listening");
    assert_eq!(finished.step("teardown")["outcome"], "passed");
    assert!(finished.step("teardown")["duration_ms"].as_u64().unwrap() < 15_000);
    assert_eq!(finished.record["leaks"], Value::Array(Vec::new()), "{}", finished.shown());
}

#[test]
fn ctrl_c_is_an_orderly_end_also_when_pm2_hangs() {
    for word in ["ping", "start"] {
        let sandbox = Sandbox::new();
        let Some(real) = real(Major::Current) else { return };
        let pm2 = stuck_in(&sandbox, real, word);
        let run = start(&sandbox, &stack(&sandbox, ""), &pm2, &[]);
        begun(&sandbox);
        let asked = Instant::now();
        run.signal(Signal::INT);
        let finished = run.finish().expect(130).caused_by("interrupted");
        assert!(asked.elapsed().as_secs_f64() < 15.0, "{}", finished.shown());
        assert_eq!(finished.step("teardown")["outcome"], "passed");
    }
}

/// A gateway with a server that ended unnoticed, and one that is deaf to INT and outlives it.
const BEREAVED: &str = "true & \
    sh -c \"trap '' INT; while :; do sleep 0.1; done\" & \
    exec \"$0\" \"$1\" say";

#[test]
fn what_a_gateway_leaves_behind_does_not_hold_up_the_end_of_pm2() {
    let sandbox = Sandbox::new();
    let Some(pm2) = real(Major::Current) else { return };
    let small = program("small-gateway");
    let command = ["sh", "-c", BEREAVED, small.as_str(), "{{PROXY_PORT}}"];
    let source = tiny(&sandbox, &format!("{}{TALK}", gateway(&command, &["say"])), &[]);
    let finished = start(&sandbox, &source, pm2, &[]).finish().expect(0);
    let log = finished.file("logs/pm2.log");
    // It would go on looking for what has ended, up to its own bound, and kill what has not.
    assert!(log.contains("process tree killed") && !log.contains("still alive"), "{log}");
    assert_eq!(finished.record["leaks"], Value::Array(Vec::new()), "{}", finished.shown());
}
