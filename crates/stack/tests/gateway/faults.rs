//! Servers that die, hang or never come up.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::process::{Gateway, kill, link, serve};

#[test]
fn a_dead_server_is_named_and_comes_back_while_the_others_go_on() {
    let programs = tempfile::tempdir().unwrap();
    let folder = camino::Utf8Path::from_path(programs.path()).unwrap();
    let program = link(folder);
    let mut gateway = Gateway::start(json!({"dice": serve("dice"),
        "echo": {"command": program, "args": ["serve", "echo"]}}));
    let pid = gateway.wait_ready("echo");
    let client = gateway.client();
    assert_eq!(client.names(), ["dice", "echo"]);
    std::fs::remove_file(&program).unwrap();
    kill(pid, "KILL");
    gateway.wait_for("server echo: exited: signal: 9");
    gateway.wait_for("server echo: failed: cannot start");
    let down = client.failure("echo", json!({"text": "x"}));
    assert!(down.starts_with("server echo is down since 2"), "{down}");
    assert!(down.contains("cannot start"), "{down}");
    assert_eq!(client.names(), ["dice", "echo"], "a restart is pending");
    client.text("dice", json!({}));
    link(folder);
    gateway.wait_ready("echo");
    assert_eq!(client.text("echo", json!({"text": "back"})), "back");
}

#[test]
fn a_hanging_server_fails_its_call_in_time_and_is_restarted() {
    let mut slow = serve("echo");
    slow["options"] = json!({"timeoutSeconds": 0.5});
    let mut gateway = Gateway::start(json!({"echo": slow, "dice": serve("dice")}));
    let pid = gateway.wait_ready("echo");
    let client = gateway.client();
    kill(pid, "STOP");
    let begun = Instant::now();
    let failure = client.failure("echo", json!({"text": "x"}));
    assert_eq!(failure, "server echo did not answer echo within 0.5 s");
    assert!(begun.elapsed() < Duration::from_secs(3));
    client.text("dice", json!({}));
    gateway.wait_for("server echo: failed: hangs");
    assert_ne!(gateway.wait_ready("echo"), pid);
    assert_eq!(client.text("echo", json!({"text": "back"})), "back");
}

#[test]
fn servers_that_never_come_up_list_nothing_and_hold_nobody_up_for_long() {
    let begun = Instant::now();
    let mut gateway = Gateway::start(json!({
        "mute": {"command": "sh", "args": ["-c", "while read -r line; do :; done"],
                 "options": {"startTimeoutSeconds": 8}},
        "missing": {"command": "/no/such/program"},
        "leaves": {"command": "sh", "args": ["-c", "echo why >&2; exit 3"]},
        "empty": {},
        "dice": serve("dice")}));
    let client = gateway.client();
    client.text("dice", json!({}));
    assert!(!gateway.has_logged("server mute: failed"), "a call waits for its own server only");
    assert_eq!(client.names(), ["dice"]);
    assert!(begun.elapsed() < Duration::from_secs(20));
    gateway.wait_for("server mute: failed: no answer within 8 s");
    for line in [
        "server missing: failed: cannot start /no/such/program: No such file",
        "[leaves] why",
        "server leaves: exited: exit status: 3; its last line: why, retry in 100 ms",
        "server leaves: exited: exit status: 3; its last line: why, retry in 200 ms",
        "server empty: failed: it has neither \"command\" nor \"url\"",
    ] {
        assert!(gateway.has_logged(line), "{line} is not in the log:\n{}", gateway.log.join("\n"));
    }
}
