//! Several agents in one go.

use std::fs;

use rustix::process::Signal;
use serde_json::{Value, json};
use smoke_tests::tiny::{TALK, small, tiny};
use smoke_tests::{Finished, Repository, Sandbox, executable, npm, skipped, wait};

/// A sandbox with these agents on PATH; none, and a word about it, on a machine that cannot have them.
fn with(agents: &[(&str, &str)]) -> Option<Sandbox> {
    let mut sandbox = Sandbox::new();
    sandbox.allow(6 * wait::BOUND);
    let mut path = std::env::var("PATH").unwrap();
    for (name, program) in agents {
        let installed = npm::install_with_scripts(name, program);
        let program = installed.inspect_err(|why| skipped(why)).ok()?;
        path = format!("{}:{path}", program.parent().unwrap());
    }
    sandbox.set("PATH", &path);
    Some(sandbox)
}

fn run(sandbox: &Sandbox, profile: &str, more: &[&str]) -> Finished {
    run_of(sandbox, &tiny(sandbox, profile, &[]), more)
}

fn run_of(sandbox: &Sandbox, source: &Repository, more: &[&str]) -> Finished {
    sandbox.xtask(&[&["smoke", "--source", source.path().as_str()], more].concat())
}

fn document(finished: &Finished) -> Value {
    serde_json::from_str(&finished.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", finished.shown()))
}

fn cells(document: &Value, row: &str) -> Value {
    let rows = document["rows"].as_array().cloned().unwrap_or_default();
    let found = rows.into_iter().find(|known| known["name"] == row);
    found.unwrap_or_else(|| panic!("no row {row} in {document:#}"))["cells"].clone()
}

#[test]
fn a_profile_names_several_and_a_table_says_what_each_makes_of_the_stack() {
    let Some(sandbox) = with(&[("claude-code", "claude"), ("copilot", "copilot")]) else { return };
    let agents = "agent = [\"scripted\", \"claude-code\", \"copilot\"]\n";
    let profile = format!("{agents}{}{TALK}", small(&["say", "bad-schema"]));
    let finished = run(&sandbox, &profile, &["--format", "json"]).expect(1);
    let document = document(&finished);
    let codes = json!(["passed", "agent-tool-not-offered", "passed"]);
    assert_eq!(cells(&document, "run"), codes, "{document:#}");
    assert_eq!(cells(&document, "tool say"), json!(["-", "not offered", "stack-say"]));
    let stage = json!(["passed", "1 of 2 unmet", "passed"]);
    assert_eq!(cells(&document, "stage talk"), stage, "{document:#}");
    assert_eq!(document["agents"][1]["record"]["outcome"], "failed");
}

/// What the finding `structure-only` says of them.
#[test]
fn structured_content_alone_reaches_claude_code_and_not_gemini() {
    let Some(sandbox) = with(&[("claude-code", "claude"), ("gemini", "gemini")]) else { return };
    let stages = "[[stage]]\nname = \"try\"\n[[stage.call]]\ntool = \"structure\"\n";
    let profile = format!("{}{stages}", small(&["structure"]));
    let named = ["--agent", "scripted,claude-code,gemini", "--format", "json"];
    let document = document(&run(&sandbox, &profile, &named).expect(0));
    let found = json!(["found 1", "-", "-"]);
    assert_eq!(cells(&document, "finding structure-only"), found, "{document:#}");
    let got = |agent: usize| {
        let call = &document["agents"][agent]["record"]["stages"][0]["calls"][0];
        call["result"].to_string().contains("in the structure")
    };
    assert_eq!([0, 1, 2].map(got), [true, true, false], "{document:#}");
}

#[test]
fn all_are_those_that_are_installed() {
    let Some(sandbox) = with(&[("claude-code", "claude"), ("copilot", "copilot")]) else { return };
    let profile = format!("{}{TALK}", small(&["say"]));
    let source = tiny(&sandbox, &profile, &[]);
    let named = ["--agent", "scripted,claude-code,copilot"];
    let finished = run_of(&sandbox, &source, &named).expect(0);
    finished.says(&["scripted", "claude-code", "mcp__stack__say", "stack-say"]);
    let finished = run_of(&sandbox, &source, &["--agent", "all", "--format", "json"]);
    let document = document(&finished);
    let agents = document["agents"].as_array().cloned().unwrap_or_default();
    let names: Vec<_> = agents.iter().filter_map(|one| one["agent"].as_str()).collect();
    for name in ["scripted", "claude-code", "copilot"] {
        assert!(names.contains(&name), "{names:?}");
    }
}

#[test]
fn the_table_is_where_people_and_ci_systems_look_for_it() {
    let mut sandbox = Sandbox::new();
    let programs = sandbox.path().join("programs");
    fs::create_dir(&programs).unwrap();
    executable(&programs.join("claude"), "#!/bin/sh\necho 'no <b> today' >&2\nexit 1\n");
    let path = std::env::var("PATH").unwrap();
    sandbox.set("PATH", format!("{programs}:{path}"));
    let (summary, output) = (sandbox.path().join("summary.md"), sandbox.path().join("output"));
    sandbox.set("GITHUB_ACTIONS", "true");
    sandbox.set("GITHUB_STEP_SUMMARY", summary.as_str());
    sandbox.set("GITHUB_OUTPUT", output.as_str());
    let profile = format!("{}{TALK}", small(&["say", "bad-schema"]));
    let finished = run(&sandbox, &profile, &["--agent", "scripted,claude-code"]).expect(4);
    finished.says(&["::error title=smoke%3A claude-code codex-home [agent-missing]"]);
    let folder = sandbox.cwd().join("target/smoke/agents");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let (page, junit) = (read("report.html"), read("junit.xml"));
    assert!(page.contains("1 of 2 agents passed") && page.contains("stage talk"), "{page}");
    for link in page.split("href=\"../runs/").skip(1) {
        let run = sandbox.cwd().join("target/smoke/runs").join(link.split('"').next().unwrap());
        assert!(run.exists(), "{run}");
    }
    assert!(junit.contains("<testsuite name=\"scripted stage talk\""), "{junit}");
    assert_eq!(junit.matches("<failure").count(), 1, "{junit}");
    let document: Value = serde_json::from_str(&read("run.json")).unwrap();
    assert_eq!(cells(&document, "run")[0], "passed", "{document:#}");
    let summary = fs::read_to_string(summary).unwrap();
    assert!(summary.starts_with("### Smoke with 2 agents: FAILED\n\n|  | <code>scripted</code>"));
    assert_eq!(summary.matches("### Smoke of ").count(), 2, "{summary}");
    let outputs = fs::read_to_string(output).unwrap();
    assert_eq!(outputs.matches("outcome<<").count(), 1, "{outputs}");
    assert!(outputs.contains(&format!("\n{folder}\n")), "{outputs}");
}

#[test]
fn what_is_for_one_run_is_not_said_to_several() {
    let sandbox = Sandbox::new();
    let profile = format!("{}{TALK}", small(&["say"]));
    let finished = run(&sandbox, &profile, &["--agent", "scripted,codex", "--port", "20001"]);
    finished.expect(2).says(&["--port is for a run with one agent"]);
}

#[test]
fn an_end_in_the_middle_ends_all_of_them() {
    let Some(sandbox) = with(&[("claude-code", "claude"), ("copilot", "copilot")]) else { return };
    let stages = "[[stage]]\nname = \"try\"\n[[stage.call]]\ntool = \"hang\"\n";
    let source = tiny(&sandbox, &format!("{}{stages}", small(&["say", "hang"])), &[]);
    let named = ["smoke", "--source", source.path().as_str(), "--agent", "claude-code,copilot"];
    let run = sandbox.start(&named);
    let runs = sandbox.cwd().join("target/smoke/runs");
    wait::until("both agents to begin", || {
        let entries = runs.read_dir_utf8().into_iter().flatten().flatten();
        let transcripts = entries.map(|run| run.path().join("codex-transcripts/try.jsonl"));
        let begun = transcripts.filter(|path| path.metadata().is_ok_and(|meta| meta.len() > 0));
        (begun.count() == 2).then_some(())
    });
    run.signal(Signal::TERM);
    run.finish().expect(143).says(&["claude-code", "copilot", "interrupted"]);
}
