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
