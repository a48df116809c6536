//! The end of a gateway leaves nothing behind.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::process::{Gateway, STACK, eventually, is_running, serve};

/// A server that neither the end of stdin nor SIGTERM ends, for longer than any grace.
const STUBBORN: &str =
    "trap '' TERM; \"$0\" serve dice; for _ in 1 2 3 4 5 6 7 8; do sleep 1; done";

#[test]
fn sigterm_stops_every_server_within_three_seconds() {
    let mut gateway = Gateway::start(json!({"echo": serve("echo"),
        "dice": {"command": "sh", "args": ["-c", STUBBORN, STACK]},
        "mute": {"command": "sh", "args": ["-c", "exec sleep 60"]}}));
    // The two become ready in any order, and the third never does.
    let pids = [gateway.wait_for(": ready"), gateway.wait_for(": ready")].map(pid);
    let begun = Instant::now();
    gateway.signal("TERM");
    assert_eq!(gateway.ended().code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    for pid in pids {
        assert!(!is_running(pid), "{pid} is left");
    }
}

#[test]
fn a_server_that_is_still_starting_is_ended_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let [begun, ended] = ["begun", "ended"].map(|name| folder.path().join(name));
    let script = "touch \"$0\"; cat >/dev/null; sleep 0.1; touch \"$1\"";
    let mute = json!({"command": "sh", "args": ["-c", script, begun, ended]});
    let mut gateway = Gateway::start(json!({"mute": mute}));
    eventually("the server has begun", || begun.exists());
    gateway.signal("TERM");
    assert_eq!(gateway.ended().code(), Some(0));
    assert!(ended.exists(), "the gateway ended before its server");
}

#[test]
fn servers_of_a_killed_gateway_end_by_themselves() {
    let mut gateway = Gateway::start(json!({"echo": serve("echo"), "dice": serve("dice")}));
    let first = gateway.wait_for(": ready");
    let second = gateway.wait_for(": ready");
    gateway.signal("KILL");
    for pid in [first, second].map(pid) {
        eventually("the server has ended", || !is_running(pid));
    }
}

/// The process that a line about readiness names.
fn pid(line: String) -> i32 {
    line.rsplit(' ').next().unwrap().parse().unwrap()
}
