//! A stack that is slow by itself: it is asked no more than needs be, and the server that is to blame
//! is named.

use serde_json::json;
use smoke_tests::binaries::program;
use smoke_tests::tiny::gateway;
use smoke_tests::{Sandbox, Scenario};

const STAGE: &str = "[[stage]]\nname = \"talk\"\n[[stage.call]]\ntool = \"say\"\n\
                     arguments = { text = \"hello\" }\nresult_contains = [\"hello\"]\n";

/// A gateway that keeps everybody waiting for a server that has ended without a word.
fn waiting(ms: u64) -> String {
    let line = "echo '<mute> Connecting' >&2; exec \"$0\" \"$1\" say";
    let small = program("small-gateway");
    let command = ["sh", "-c", line, small.as_str(), "{{PROXY_PORT}}"];
    let gateway = gateway(&command, &["say"]).replace("name = \"tiny\"\n", "");
    format!(
        "name = \"tiny\"\noverrides = true\n[env]\nSMALL_SLOW = \"{ms}\"\n\
         [render]\ntemplate = \"proxy.json\"\n{gateway}"
    )
}

fn template() -> String {
    let mute = json!({"command": "sh", "args": ["-c", "echo no such key >&2; exit 3"]});
    json!({"mcpProxy": {"addr": ":{{PROXY_PORT}}"}, "mcpServers": {"mute": mute}}).to_string()
}

#[test]
fn a_gateway_that_waits_for_a_dead_server_is_asked_in_one_session_and_told_with_that_server() {
    let sandbox = Sandbox::new();
    let finished = Scenario {
        profile: waiting(600),
        rest: STAGE,
        files: &[("proxy.json", &template())],
        ..Scenario::default()
    }
    .play_in(&sandbox);
    let shown = finished.shown();
    for line in [
        "to list its tools, each time; behind it, mute never answered",
        "server mute does not serve yet: no answer; no process runs with its command line",
        "server mute is down: the server ended: exit status: 3; no such key",
    ] {
        assert!(shown.contains(line), "it does not say {line}: {shown}");
    }
    let log = finished.file("logs/gateway.log");
    let asked = |method: &str| log.lines().filter(|line| line.contains(method)).count();
    // The run's own session and the agent's.
    assert_eq!(asked("asked: initialize"), 2, "{log}");
    // The first list at `ready`, the next ones asked for ahead, and the one at `verify`.
    assert!((3..=8).contains(&asked("asked: tools/list")), "{log}");
    let seen = &finished.record["gateway"];
    assert!(seen["opened_after_ms"].as_u64() >= Some(600), "{seen}");
    assert!(seen["listed_after_ms"].as_u64() >= Some(600), "{seen}");
    assert_eq!(seen["servers"][0]["serves"], false, "{seen}");
}

#[test]
fn a_quick_gateway_gets_a_new_session_for_each_question() {
    let sandbox = Sandbox::new();
    let files = [("proxy.json", template())];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    let quick = Scenario { profile: waiting(0), rest: STAGE, files: &files, ..Scenario::default() };
    let finished = quick.play_in(&sandbox);
    let log = finished.file("logs/gateway.log");
    let asked = |method: &str| log.lines().filter(|line| line.contains(method)).count();
    // On a busy machine even this one may be slow once, so that a session is kept.
    let (opened, listed) = (asked("asked: initialize"), asked("asked: tools/list"));
    assert!((3..=4).contains(&opened) && listed >= 3, "{log}");
    assert!(!finished.shown().contains("each time"), "{}", finished.shown());
}
