//! Stages that are left to a person.

use std::fs;
use std::net::TcpStream;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use smoke_tests::tiny::stack_with_a_clock;
use smoke_tests::{Finished, Sandbox, client, sandbox, wait};

const STAGES: &str = "[[stage]]\nname = \"look\"\n[[stage.call]]\ntool = \"clock_now\"\n\
    [[stage]]\nname = \"again\"\n[[stage.call]]\ntool = \"clock_now\"\n";

/// A run that stopped for a person, with its workspace and port.
struct Stopped<'a> {
    sandbox: &'a Sandbox,
    finished: Finished,
    workspace: Utf8PathBuf,
    port: u16,
}

impl<'a> Stopped<'a> {
    fn at(sandbox: &'a Sandbox, arguments: &[&str]) -> Self {
        let source = stack_with_a_clock(sandbox, STAGES);
        let port = sandbox::port();
        let given = port.to_string();
        let fixed = ["--source", source.path().as_str(), "--port", &given];
        let finished = sandbox.xtask(&[arguments, &fixed].concat()).expect(0);
        assert_eq!(finished.record["outcome"], "manual", "{}", finished.shown());
        let workspace = finished.workspace();
        let stopped = Self { sandbox, finished, workspace, port };
        stopped.is_up();
        stopped
    }

    fn is_up(&self) {
        assert!(TcpStream::connect(("127.0.0.1", self.port)).is_ok(), "the stack is down");
    }

    fn is_gone(&self) {
        assert!(TcpStream::connect(("127.0.0.1", self.port)).is_err(), "the stack is up");
        assert!(!self.workspace.exists());
    }

    fn resume(&self) -> Finished {
        self.sandbox.xtask(&["smoke", "--resume", "--workspace", self.workspace.as_str()])
    }

    fn leave(&self, stage: &str, transcript: &str) {
        let folder = self.workspace.join("codex-transcripts");
        fs::write(folder.join(format!("{stage}.jsonl")), transcript).unwrap();
    }
}

/// What the program before versions left for a resume, made of what this one has left.
fn unversioned(left: &Value) -> Value {
    let (options, profile) = (&left["options"], &left["profile"]);
    json!({
        "id": left["id"], "source": left["source"], "port": left["port"], "reused": left["reused"],
        "cache": left["cache"], "run_folder": left["run_folder"],
        "call_log_offset": left["call_log_offset"], "waiting_for": options["manual_stages"],
        "profile_path": profile["path"], "profile_text": profile["text"],
        "args": {
            "supervisor": null, "agent": null, "model": null, "inject": null, "cold": false,
            "manual_stage": options["manual_stages"], "manual": false,
            "workspace": {"keep_workspace": false, "skip_bootstrap": false},
            "limits": {"heartbeat_timeout": 240},
            "parts": {
                "python_bin": null, "pm2": null, "codex_cli": null, "codex_home": null,
                "go_flags": null, "gomaxprocs": null, "pytest_scope": "structural"
            },
            "capture_debug_tools": false, "capture_diag_logs": false
        }
    })
}

/// A transcript as Codex writes it, of one call.
fn transcript(tool: &str, status: &str) -> String {
    let item = |status: &str, result: Value| {
        json!({"id": "item_0", "type": "mcp_tool_call", "server": "stack", "tool": tool,
            "arguments": {}, "result": result, "error": null, "status": status})
    };
    let result = json!({"content": [{"type": "text", "text": "noon"}], "structured_content": null});
    let lines = [
        json!({"type": "thread.started", "thread_id": "t"}),
        json!({"type": "turn.started"}),
        json!({"type": "item.started", "item": item("in_progress", Value::Null)}),
        json!({"type": "item.completed", "item": item(status, result)}),
        json!({"type": "turn.completed", "usage": {}}),
    ];
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_note_says_all_that_a_person_needs() {
    let sandbox = Sandbox::new();
    let stopped = Stopped::at(&sandbox, &["smoke", "--manual-stage", "look"]);
    let note = stopped.finished.file("manual_stage_look.md");
    let place = stopped.workspace.join("codex-transcripts/look.jsonl");
    let resume = format!("cargo xtask smoke --resume --workspace {}", stopped.workspace);
    for text in ["clock_now", place.as_str(), &resume, "CODEX_HOME="] {
        assert!(note.contains(text), "no {text:?} in\n{note}");
    }
    assert!(stopped.finished.stderr.trim_end().lines().rev().take(6).any(|l| l.contains(&resume)));
    assert_eq!(stopped.finished.step("stage-look")["outcome"], "manual");
    sandbox.xtask(&["smoke", "--cleanup-only"]).expect(0);
    stopped.is_gone();
}

#[test]
fn the_gateways_own_record_of_calls_is_evidence() {
    let sandbox = Sandbox::new();
    let stopped = Stopped::at(&sandbox, &["smoke", "--manual-stage", "look"]);
    stopped
        .resume()
        .expect(2)
        .says(&["nothing was left for stage look", "codex-transcripts/look.jsonl"]);
    stopped.is_up();
    let transcript = stopped.workspace.join("codex-transcripts/look.jsonl");
    fs::write(&transcript, "what the person said, and not what codex printed\n").unwrap();
    stopped.resume().expect(2).says(&["look.jsonl is no transcript, and the stack stays up"]);
    stopped.is_up();
    fs::remove_file(&transcript).unwrap();
    let result = client::call(stopped.port, "clock_now", json!({}));
    assert_eq!(result["isError"], false, "{result}");
    let finished = stopped.resume().expect(0);
    assert_eq!(finished.record["outcome"], "passed");
    assert_eq!(finished.record["stages"][0]["evidence"], "gateway");
    assert_eq!(finished.record["stages"][1]["evidence"], "transcript");
    assert_eq!(finished.record["id"], stopped.finished.record["id"]);
    stopped.is_gone();
}

#[test]
fn a_transcript_is_evidence() {
    let sandbox = Sandbox::new();
    let stopped = Stopped::at(&sandbox, &["smoke", "--manual-stage", "look"]);
    stopped.leave("look", &transcript("clock_now", "completed"));
    let finished = stopped.resume().expect(0);
    assert_eq!(finished.record["stages"][0]["calls"][0]["tool"], "clock_now");
    assert_eq!(finished.record["stages"][0]["evidence"], "transcript");
    assert_eq!(finished.file("codex-transcripts/look.jsonl"), transcript("clock_now", "completed"));
    stopped.is_gone();
}

#[test]
fn a_transcript_of_any_agent_is_evidence() {
    let sandbox = Sandbox::new();
    let stopped = Stopped::at(&sandbox, &["smoke", "--manual-stage", "look"]);
    let note = stopped.finished.file("manual_stage_look.md");
    assert!(note.contains("`gemini -p -o stream-json`"), "{note}");
    let line = |event: Value| format!("{event}\n");
    let at = "2026-10-02T08:15:00Z";
    let text = [
        line(json!({"type": "init", "timestamp": at, "session_id": "s"})),
        line(json!({"type": "tool_use", "timestamp": at, "tool_id": "t",
            "tool_name": "mcp_stack_clock_now", "parameters": {}})),
        line(json!({"type": "tool_result", "timestamp": at, "tool_id": "t", "status": "success",
            "output": "noon"})),
    ];
    stopped.leave("look", &text.concat());
    let finished = stopped.resume().expect(0);
    let call = &finished.record["stages"][0]["calls"][0];
    assert_eq!((&call["server"], &call["tool"]), (&json!("stack"), &json!("clock_now")));
    stopped.is_gone();
}

#[test]
fn what_is_no_transcript_does_not_hide_the_gateways_own_record() {
    let sandbox = Sandbox::new();
    let stopped = Stopped::at(&sandbox, &["smoke", "--manual-stage", "look"]);
    stopped.leave("look", "what the person said\n");
    client::call(stopped.port, "clock_now", json!({}));
    let finished = stopped.resume().expect(0);
    assert_eq!(finished.record["stages"][0]["evidence"], "gateway");
    stopped.is_gone();
}

#[test]
fn a_transcript_of_something_else_fails_the_stage() {
    let wrong = [
        (transcript("dice", "completed"), "agent-no-calls"),
        (transcript("clock_now", "failed"), "agent-call-failed"),
    ];
    for (text, cause) in wrong {
        let sandbox = Sandbox::new();
        let stopped = Stopped::at(&sandbox, &["smoke", "--manual-stage", "look"]);
        stopped.leave("look", &text);
        let finished = stopped.resume().expect(1).caused_by(cause);
        assert_eq!(finished.record["failed_step"], "stage-look");
        stopped.is_gone();
    }
}

#[test]
fn two_stages_are_resumed_one_after_the_other() {
    let sandbox = Sandbox::new();
    let both = ["smoke", "--manual-stage", "look", "--manual-stage", "again"];
    let stopped = Stopped::at(&sandbox, &both);
    stopped.leave("look", &transcript("clock_now", "completed"));
    let second = stopped.resume().expect(0);
    assert_eq!(second.record["outcome"], "manual", "{}", second.shown());
    second.file("manual_stage_again.md");
    stopped.is_up();
    stopped.resume().expect(2);
    stopped.is_up();
    stopped.leave("again", &transcript("clock_now", "completed"));
    let last = stopped.resume().expect(0);
    assert_eq!(last.record["outcome"], "passed");
    assert_eq!(last.record["stages"].as_array().unwrap().len(), 2);
    stopped.is_gone();
}

#[test]
fn what_another_version_left_is_resumed_or_called_by_its_version() {
    let sandbox = Sandbox::new();
    let stopped = Stopped::at(&sandbox, &["smoke", "--manual-stage", "look"]);
    stopped.leave("look", &transcript("clock_now", "completed"));
    let file = stopped.workspace.join(".smoke-settings.json");
    let mut left: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(left["version"], 1);
    let old = unversioned(&left);
    left["version"] = json!(2);
    fs::write(&file, left.to_string()).unwrap();
    let newer = format!("{file} has version 2, and this program knows 1 at most");
    stopped.resume().expect(2).says(&[&newer]);
    stopped.is_up();
    fs::write(&file, old.to_string()).unwrap();
    let finished = stopped.resume().expect(0);
    assert_eq!(finished.record["outcome"], "passed", "{}", finished.shown());
    stopped.is_gone();
}

#[test]
fn a_run_that_is_over_cannot_be_resumed() {
    let sandbox = Sandbox::new();
    let stopped = Stopped::at(&sandbox, &["smoke", "--manual-stage", "look"]);
    stopped.leave("look", &transcript("clock_now", "completed"));
    stopped.resume().expect(0);
    stopped.resume().expect(2).says(&[stopped.workspace.as_str()]);
}

#[test]
fn the_playbook_covers_all_stages() {
    let sandbox = Sandbox::new();
    let stopped = Stopped::at(&sandbox, &["smoke-manual"]);
    let playbook = stopped.finished.file("manual_playbook.md");
    for text in ["`look`", "`again`", "manual_result.json", "--resume"] {
        assert!(playbook.contains(text), "no {text:?} in\n{playbook}");
    }
    fill_in(&stopped.workspace, |stage| stage["passed"] = true.into());
    client::call(stopped.port, "clock_now", json!({}));
    let finished = stopped.resume().expect(0);
    assert_eq!(finished.record["outcome"], "passed");
    assert_eq!(finished.record["stages"].as_array().unwrap().len(), 2);
    stopped.is_gone();
}

#[test]
fn a_person_can_say_that_a_stage_failed() {
    let sandbox = Sandbox::new();
    let stopped = Stopped::at(&sandbox, &["smoke-manual"]);
    client::call(stopped.port, "clock_now", json!({}));
    fill_in(&stopped.workspace, |stage| {
        stage["passed"] = (stage["name"] != "again").into();
        stage["remarks"] = "the hour was wrong".into();
    });
    let finished = stopped.resume().expect(1).caused_by("check-failed");
    assert_eq!(finished.says(&["the hour was wrong"]).record["failed_step"], "stage-again");
    stopped.is_gone();
}

#[test]
fn a_result_that_cannot_be_read_leaves_the_stack_up() {
    let sandbox = Sandbox::new();
    let stopped = Stopped::at(&sandbox, &["smoke-manual"]);
    client::call(stopped.port, "clock_now", json!({}));
    fs::write(stopped.workspace.join("manual_result.json"), "{\n  oops").unwrap();
    stopped.resume().expect(2).says(&["manual_result.json", "line 2"]);
    stopped.is_up();
    sandbox
        .xtask(&["smoke", "--cleanup-only", "--workspace", stopped.workspace.as_str()])
        .expect(0);
    stopped.is_gone();
}

#[test]
fn a_second_run_goes_on_beside_a_kept_stack_and_its_end() {
    let sandbox = Sandbox::new();
    let stopped = Stopped::at(&sandbox, &["smoke", "--manual-stage", "look"]);
    let (begun, go_on) = (sandbox.path().join("begun"), sandbox.path().join("go-on"));
    let (mut second, port) = waiting_run(&sandbox, &begun, &go_on);
    wait::until("the second run's check", || begun.exists().then_some(()));
    let cleaned = sandbox.xtask(&["smoke", "--cleanup-only"]).expect(0);
    cleaned.says(&[&format!("removed {}", stopped.workspace), "is in use by run"]);
    stopped.is_gone();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok(), "the second stack is down");
    fs::write(&go_on, "").unwrap();
    second.wait_for("teardown");
    second.finish().expect(0);
}

/// A run in the same TMPDIR that waits for `go_on` to appear.
fn waiting_run(
    sandbox: &Sandbox,
    begun: &Utf8Path,
    go_on: &Utf8Path,
) -> (smoke_tests::Running, u16) {
    let command = format!("touch {begun}; until test -e {go_on}; do sleep 0.02; done");
    let check =
        format!("[[check]]\nname = \"wait\"\ncommand = [\"sh\", \"-c\", {}]\n", json!(command));
    let profile = format!("{}{check}", smoke_tests::tiny::small(&["say"]));
    let source = smoke_tests::Repository::create(sandbox, "second", &[("smoke.toml", &profile)]);
    let port = sandbox::port();
    let arguments = ["smoke", "--source", source.path().as_str(), "--port", &port.to_string()];
    (sandbox.start(&arguments), port)
}

fn fill_in(workspace: &Utf8Path, change: impl Fn(&mut Value)) {
    let path = workspace.join("manual_result.json");
    let mut result: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    result["stages"].as_array_mut().unwrap().iter_mut().for_each(change);
    fs::write(&path, result.to_string()).unwrap();
}
