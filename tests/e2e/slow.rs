//! A stack that is slow by itself: it is asked no more than needs be, and the server that is to blame
//! is named.

use serde_json::json;
use smoke_tests::binaries::program;
use smoke_tests::tiny::{gateway, small};
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

/// A server that runs for a while, and fails at once when it is started again.
const DIES_LATE: &str = "if [ -e $WORKSPACE/once ]; then echo no such table >&2; exit 3; fi\n\
                         touch $WORKSPACE/once; sleep 8\n";

#[test]
fn a_server_that_dies_after_it_was_counted_on_ends_the_wait_with_its_last_words() {
    let (sandbox, small) = (Sandbox::new(), program("small-gateway"));
    let line = "sh ./dies-late.sh & exec \"$0\" \"$1\" say";
    let command = ["sh", "-c", line, small.as_str(), "{{PROXY_PORT}}"];
    let gateway = gateway(&command, &["say", "late"]).replace("name = \"tiny\"\n", "");
    let profile = format!(
        "name = \"tiny\"\n[env]\nWORKSPACE = \"{{{{SMOKE_WORKSPACE}}}}\"\n\
         [render]\ntemplate = \"proxy.json\"\n{gateway}"
    );
    let late = json!({"command": "sh", "args": ["./dies-late.sh"]});
    let addr = json!({"addr": ":{{PROXY_PORT}}"});
    let template = json!({"mcpProxy": addr, "mcpServers": {"late": late}}).to_string();
    let finished = Scenario {
        profile,
        files: &[("proxy.json", &template), ("dies-late.sh", DIES_LATE)],
        arguments: &["--restart-timeout", "40"],
        code: 1,
        outcome: "failed",
        step: "ready",
        cause: "tools-missing",
        says: &["server late is down: the server ended: exit status: 3; no such table"],
        ..Scenario::default()
    }
    .play_in(&sandbox);
    assert!(!finished.shown().contains("it runs as pid"), "{}", finished.shown());
    assert_eq!(finished.record["gateway"]["servers"][0]["serves"], false);
    assert!(finished.record["duration_ms"].as_u64() < Some(35_000), "{}", finished.shown());
}

#[test]
fn a_gateway_that_lists_nothing_to_requests_that_overlap_is_asked_one_thing_at_a_time() {
    let small = small(&["say", "echo"]);
    let profile = small + "env = { SMALL_ALONE = \"1\", SMALL_SLOW = \"700\" }\n";
    Scenario {
        profile,
        rest: STAGE,
        arguments: &["--restart-timeout", "40"],
        ..Scenario::default()
    }
    .play();
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
