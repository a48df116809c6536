//! Runs that end in the middle of a stage of a real Codex.

use std::fs;

use rustix::process::Signal;
use serde_json::Value;
use smoke_core::process;
use smoke_tests::{Running, Sandbox, wait};

use super::part::{self, SAY, newest};

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

#[test]
fn a_codex_that_is_killed_is_named_with_what_it_was_doing() {
    let sandbox = Sandbox::new();
    let Some(run) = begun(&sandbox, &[]) else { return };
    let own = process::carrying("HOME", sandbox.home().as_str());
    let is_codex = |p: &&process::Process| p.argv[0].ends_with("/codex");
    own.iter().find(is_codex).unwrap().signal(Signal::KILL);
    let finished = run.finish().expect(1).caused_by("agent-crashed");
    finished.says(&["in the middle of its turn", "SIGKILL", "while hang was being called"]);
}

#[test]
fn a_gateway_that_dies_during_a_call_is_named_with_the_call() {
    let Some(codex) = newest() else { return };
    let stages = "[[stage]]\nname = \"try\"\n[[stage.call]]\ntool = \"exit\"\n\
                  [[stage.call]]\ntool = \"say\"\n";
    let finished = part::run(&Sandbox::new(), codex, &["say", "exit"], stages).expect(1);
    finished.caused_by("gateway-crashed").says(&["exit status: 7", "| exit: called once"]);
}

#[test]
fn a_stage_that_is_left_to_a_person_comes_between_those_of_codex() {
    let Some(codex) = newest() else { return };
    let sandbox = Sandbox::new();
    let stage = |name: &str| SAY.replace("try", name).replace("hello", name);
    let stages: String = ["one", "two", "three"].map(stage).concat();
    let more = ["--model", "scripted", "--manual-stage", "two"];
    let stopped = part::start(&sandbox, codex, &["say"], &stages, &more).finish().expect(0);
    assert_eq!(stopped.record["outcome"], "manual", "{}", stopped.shown());
    let workspace = stopped.workspace();
    let theirs = stopped.file("codex-transcripts/one.jsonl").replace("one", "two");
    fs::write(workspace.join("codex-transcripts/two.jsonl"), theirs).unwrap();
    let resumed = sandbox.xtask(&["smoke", "--resume", "--workspace", workspace.as_str()]);
    let stages = &resumed.expect(0).record["stages"];
    assert_eq!(stages.as_array().unwrap().len(), 3, "{stages:#}");
}
