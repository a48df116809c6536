//! Runs that end in the middle of a stage of a real Codex.

use std::fs;

use rustix::process::Signal;
use serde_json::Value;
use smoke_core::process;
use smoke_tests::{Running, Sandbox, wait};

use crate::part::{self, newest};

/// A call that is never answered.
const HANG: &str = "[[stage]]\nname = \"try\"\n[[stage.call]]\ntool = \"hang\"\n";

/// A run whose codex waits for the call.
fn begun(sandbox: &Sandbox, more: &[&str]) -> Option<Running> {
    let codex = newest()?;
    let arguments = [&["--model", "scripted"], more].concat();
    let run = part::start(sandbox, codex, &["say", "hang"], HANG, &arguments);
    wait::until("the call to begin", || {
        transcript(sandbox).contains("mcp_tool_call").then_some(())
    });
    Some(run)
}

fn transcript(sandbox: &Sandbox) -> String {
    let path = sandbox.cwd().join("target/smoke/latest/codex-transcripts/try.jsonl");
    fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn an_interrupt_ends_codex_and_keeps_its_transcript() {
    let sandbox = Sandbox::new();
    let Some(run) = begun(&sandbox, &[]) else { return };
    run.signal(Signal::INT);
    let finished = run.finish().expect(130).caused_by("interrupted");
    assert!(transcript(&sandbox).contains("item.started"), "{}", finished.shown());
    assert_eq!(finished.record["stages"][0]["calls"][0]["status"], "in_progress");
}

#[test]
fn a_kill_leaves_the_transcript_and_nothing_else() {
    let sandbox = Sandbox::new();
    let Some(run) = begun(&sandbox, &["--keep-workspace"]) else { return };
    let record = sandbox.cwd().join("target/smoke/latest/run.json");
    let record = || serde_json::from_str::<Value>(&fs::read_to_string(&record).unwrap()).unwrap();
    let workspace = camino::Utf8PathBuf::from(record()["workspace"].as_str().unwrap());
    assert!(workspace.join("codex-home").exists());
    run.signal(Signal::KILL);
    assert_eq!(run.finish().code, 137);
    wait::until("the end of all processes", || {
        process::carrying("HOME", sandbox.home().as_str()).is_empty().then_some(())
    });
    assert!(transcript(&sandbox).ends_with('\n') && transcript(&sandbox).contains("hang"));
    assert!(!workspace.join("codex-home").exists());
    assert_eq!(record()["outcome"], "interrupted");
    let clean = ["smoke", "--cleanup-only", "--workspace", workspace.as_str()];
    sandbox.xtask(&clean).expect(0);
}

#[test]
fn a_call_that_is_never_answered_is_given_up() {
    let sandbox = Sandbox::new();
    let Some(run) = begun(&sandbox, &["--heartbeat-timeout", "3"]) else { return };
    let finished = run.finish().expect(3).caused_by("agent-call-failed");
    finished.says(&["hang did not answer", "no new item for 3s"]);
}
