//! `cargo xtask transcript`: saved transcripts of several versions, shown and held to a stage.

use serde_json::Value;
use smoke_tests::tiny::{TALK, small};
use smoke_tests::{Finished, Sandbox};

/// As the oldest versions write it: no warnings, few kinds of tokens, other order of keys.
const OLD: &str = concat!(
    r#"{"type":"thread.started","thread_id":"t"}"#,
    "\n",
    r#"{"type":"item.started","item":{"id":"item_0","type":"mcp_tool_call","server":"stack","tool":"say","arguments":{"text":"hello"},"status":"in_progress"}}"#,
    "\n",
    r#"{"type":"item.completed","item":{"id":"item_0","type":"mcp_tool_call","server":"stack","tool":"say","arguments":{"text":"hello"},"result":{"content":[{"text":"hello","type":"text"}],"structured_content":null},"error":null,"status":"completed"}}"#,
    "\n",
    r#"{"type":"turn.completed","usage":{"input_tokens":20,"output_tokens":2}}"#,
    "\n",
);

/// As the newest do: a warning first, and a call that was refused.
const NEW: &str = concat!(
    r#"{"type":"thread.started","thread_id":"t"}"#,
    "\n",
    r#"{"type":"item.completed","item":{"id":"item_0","type":"error","message":"no metadata"}}"#,
    "\n",
    r#"{"type":"item.completed","item":{"id":"item_1","type":"mcp_tool_call","server":"stack","tool":"say","arguments":{"text":"hello"},"result":null,"error":{"message":"MCP tool call requires approval, but approval policy is never"},"status":"failed"}}"#,
    "\n",
    r#"{"type":"turn.completed","usage":{"input_tokens":20,"cache_write_input_tokens":0}}"#,
    "\n",
);

/// As another agent prints it: the call has both names in one, and its end is in a line of its own.
const OTHER: &str = concat!(
    r#"{"type":"system","subtype":"init","session_id":"s","tools":["mcp__stack__say"],"mcp_servers":[{"name":"stack","status":"connected"}]}"#,
    "\n",
    r#"{"type":"assistant","session_id":"s","message":{"content":[{"type":"tool_use","id":"t1","name":"mcp__stack__say","input":{"text":"hello"}}]}}"#,
    "\n",
    r#"{"type":"user","session_id":"s","message":{"content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"hello"}]}]}}"#,
    "\n",
    r#"{"type":"result","subtype":"success","session_id":"s","is_error":false,"result":"done","usage":{"input_tokens":20}}"#,
    "\n",
);

fn show(text: &str, arguments: &[&str]) -> Finished {
    let sandbox = Sandbox::new();
    let profile = format!("{}{TALK}", small(&["say"]));
    std::fs::write(sandbox.cwd().join("smoke.toml"), profile).unwrap();
    std::fs::write(sandbox.cwd().join("saved.jsonl"), text).unwrap();
    sandbox.xtask(&[&["transcript", "saved.jsonl"], arguments].concat())
}

const TALKED: [&str; 4] = ["--profile", "smoke.toml", "--stage", "talk"];

#[test]
fn the_calls_are_shown_and_held_to_the_stage() {
    let shown = show(OLD, &[]).expect(0);
    assert!(shown.stdout.contains("stack/say {\"text\":\"hello\"} completed"), "{}", shown.stdout);
    let held = show(OLD, &TALKED).expect(0);
    assert!(held.stdout.contains("met      say"), "{}", held.stdout);
}

#[test]
fn a_call_that_was_refused_fails_the_stage_with_the_cause_of_a_run() {
    show(NEW, &[]).expect(0);
    let held = show(NEW, &[&TALKED[..], &["--format", "json"]].concat()).expect(1);
    let shown: Value = serde_json::from_str(&held.stdout).unwrap();
    assert_eq!(shown["cause"]["code"], "agent-approval-refused", "{shown:#}");
    assert_eq!(shown["calls"][0]["status"], "failed");
    assert_eq!(shown["tokens"]["input_tokens"], 20);
    assert_eq!(shown["expectations"][0]["met"], false);
}

#[test]
fn another_agents_transcript_is_held_to_the_stage_as_well() {
    let held = show(OTHER, &TALKED).expect(0);
    for part in ["Claude Code; 4 lines", "stack/say {\"text\":\"hello\"} completed", "met      say"]
    {
        assert!(held.stdout.contains(part), "no {part} in {}", held.stdout);
    }
    let shown = show(OTHER, &["--format", "json"]).expect(0);
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(
        (&shown["agent"], &shown["calls"][0]["tool"]),
        (&"claude-code".into(), &"say".into())
    );
    assert_eq!(shown["servers"][0]["status"], "connected", "{shown:#}");
    let down = OTHER.replace("connected", "failed").replace("\"mcp__stack__say\"],", "],");
    let lines: Vec<&str> = down.lines().collect();
    let held = show(&[lines[0], lines[3]].join("\n"), &TALKED).expect(1);
    held.says(&["agent-tool-not-offered", "cannot use server stack, which is failed"]);
}

#[test]
fn what_cannot_be_known_of_the_calls_is_no_missing_call() {
    let end = OTHER.lines().last().unwrap();
    show(end, &TALKED).expect(1).says(&["transcript-invalid", "has only the end of a session"]);
    let document = "{\n  \"response\": \"done\"\n}\n";
    show(document, &TALKED).expect(1).says(&["transcript-invalid", "one JSON document"]);
}

#[test]
fn what_is_no_transcript_says_so() {
    show("hello\n", &[]).expect(1).says(&["transcript-invalid"]);
}

#[test]
fn wrong_usage_is_answered_with_what_there_is() {
    show(OLD, &["--profile", "smoke.toml"]).expect(2).says(&["--stage"]);
    let misspelt = ["--profile", "smoke.toml", "--stage", "tolk"];
    show(OLD, &misspelt).expect(2).says(&["did you mean `talk`?"]);
    let sandbox = Sandbox::new();
    sandbox.xtask(&["transcript", "no/such.jsonl"]).expect(2).says(&["no/such.jsonl"]);
}
