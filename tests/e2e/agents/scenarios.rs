//! What every agent goes through.

use std::fs;

use rustix::process::Signal;
use serde_json::{Value, json};
use smoke_core::process;
use smoke_tests::{Finished, Sandbox, wait};

use super::part::Part;

/// A call that goes well, one whose tool says that it failed, and one with a long result.
const WELL: &str = "[[stage]]\nname = \"try\"\n[[stage.call]]\ntool = \"say\"\n\
                    arguments = { text = \"hello\" }\nresult_contains = [\"hello\"]\n\
                    [[stage.call]]\ntool = \"fail\"\nstatus = \"failed\"\n\
                    [[stage.call]]\ntool = \"big\"\n";
const SAY: &str = "[[stage]]\nname = \"try\"\n[[stage.call]]\ntool = \"say\"\n\
                   arguments = { text = \"hello\" }\n";

fn offered(finished: &Finished) -> Vec<String> {
    let list = finished.record["stages"][0]["offered_tools"].as_array().cloned();
    let names = list.unwrap_or_default();
    let mut names: Vec<String> =
        names.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    names.sort();
    names
}

fn goes_through_a_stage(part: &Part) {
    let Some(finished) = part.run(&["say", "fail", "big"], WELL) else { return };
    let finished = finished.expect(0);
    assert_eq!(offered(&finished), ["big", "fail", "say"], "{}", finished.shown());
    let calls = finished.record["stages"][0]["calls"].as_array().cloned().unwrap_or_default();
    let statuses: Vec<_> = calls.iter().map(|call| call["status"].clone()).collect();
    assert_eq!(statuses, ["completed", "failed", "completed"], "{}", finished.shown());
    assert!(finished.record["versions"][part.name].is_string(), "{}", finished.shown());
    assert_eq!(finished.record["leaks"], json!([]), "{}", finished.shown());
    assert_eq!(finished.record["host"]["untouched"], true);
}

fn is_not_offered_a_tool_that_there_is_not(part: &Part) {
    let stages = format!("{SAY}[[stage.call]]\ntool = \"more\"\n");
    let Some(finished) = part.run(&["say"], &stages) else { return };
    let finished = finished.expect(1).caused_by("agent-tool-not-offered");
    finished.says(&["not offered the tool more", "offered were say"]);
}

fn cannot_use_a_server_that_is_down(part: &Part) {
    let change = "s#http://127.0.0.1:[0-9]*/mcp#http://127.0.0.1:1/mcp#";
    let Some(finished) = part.run_changed(change, &["say"], SAY) else { return };
    finished.expect(1).caused_by("agent-tool-not-offered").says(&["say"]);
}

fn is_refused_what_nobody_approved(part: &Part) {
    let Some(sed) = part.unapprove else { return };
    let Some(finished) = part.run_changed(sed, &["say"], SAY) else { return };
    let finished = finished.expect(1);
    let code = finished.record["cause"]["code"].as_str().unwrap_or_default();
    let codes = ["agent-approval-refused", "agent-tool-not-offered"];
    assert!(codes.contains(&code), "{}", finished.shown());
}

fn has_the_tools_beside_a_bad_schema_or_loses_them(part: &Part) {
    let Some(finished) = part.run(&["say", "bad-schema"], SAY) else { return };
    if part.loses_all {
        finished.expect(1).caused_by("agent-tool-not-offered").says(&["offered were no tools"]);
    } else {
        finished.expect(0);
    }
}

/// The names become one in some agents: a tool is lost, or another one is called in its place.
fn tells_names_that_are_alike_apart_or_not(part: &Part) {
    let tools = ["dup-name", "dup_name", "dup.name"];
    let call =
        |tool| format!("[[stage.call]]\ntool = \"{tool}\"\nresult_contains = [\"{tool}\"]\n");
    let stages = format!("[[stage]]\nname = \"try\"\n{}", tools.map(call).concat());
    let Some(finished) = part.run(&tools, &stages) else { return };
    let held = finished.record["stages"][0]["expectations"].as_array().cloned();
    let unmet = held.into_iter().flatten().filter(|expectation| expectation["met"] == false);
    let unmet: Vec<_> = unmet.map(|expectation| expectation["tool"].clone()).collect();
    assert_eq!(unmet, part.confuses, "{}", finished.shown());
}

fn ends_with_its_run(part: &Part) {
    let Some(program) = part.installed() else { return };
    let mut sandbox = Sandbox::new();
    let stages = "[[stage]]\nname = \"try\"\n[[stage.call]]\ntool = \"hang\"\n";
    let run = part.start(&mut sandbox, &program, &["say", "hang"], stages);
    let transcript = sandbox.cwd().join("target/smoke/latest/codex-transcripts/try.jsonl");
    // Some write a word of a call only when it is over: all have asked their model by then.
    wait::until("the agent to begin", || {
        let said = fs::read_to_string(&transcript).unwrap_or_default();
        (!said.is_empty() && !process::carrying("HOME", sandbox.home().as_str()).is_empty())
            .then_some(())
    });
    run.signal(Signal::TERM);
    run.finish().expect(143).caused_by("interrupted");
}

macro_rules! agents {
    ($($name:ident: $part:expr,)*) => {
        $(mod $name {
            use super::*;
            const PART: Part = $part;
            #[test] fn goes_through_a_stage() { super::goes_through_a_stage(&PART); }
            #[test] fn is_not_offered_a_tool_that_there_is_not() {
                super::is_not_offered_a_tool_that_there_is_not(&PART);
            }
            #[test] fn cannot_use_a_server_that_is_down() {
                super::cannot_use_a_server_that_is_down(&PART);
            }
            #[test] fn is_refused_what_nobody_approved() {
                super::is_refused_what_nobody_approved(&PART);
            }
            #[test] fn has_the_tools_beside_a_bad_schema_or_loses_them() {
                super::has_the_tools_beside_a_bad_schema_or_loses_them(&PART);
            }
            #[test] fn tells_names_that_are_alike_apart_or_not() {
                super::tells_names_that_are_alike_apart_or_not(&PART);
            }
            #[test] fn ends_with_its_run() { super::ends_with_its_run(&PART); }
        })*
    };
}

agents! {
    claude_code: Part {
        name: "claude-code", program: "claude",
        unapprove: Some("s/^mcp__stack$/mcp__other/"), loses_all: true, confuses: &["dup.name"],
    },
    gemini: Part {
        name: "gemini", program: "gemini",
        unapprove: Some("s/\"trust\":true/\"trust\":false/"), loses_all: true, confuses: &[],
    },
    qwen_code: Part {
        name: "qwen-code", program: "qwen",
        unapprove: Some("s/\"trust\":true/\"trust\":false/"), loses_all: true, confuses: &[],
    },
    opencode: Part {
        name: "opencode", program: "opencode",
        unapprove: Some("s/\"stack_\\*\":\"allow\"/\"stack_*\":\"ask\"/"), loses_all: true, confuses: &["dup_name"],
    },
    copilot: Part {
        name: "copilot", program: "copilot",
        unapprove: Some("s/--allow-tool=stack/--allow-tool=other/"), loses_all: false, confuses: &["dup-name"],
    },
    cline: Part {
        name: "cline", program: "cline",
        unapprove: Some("s/^true$/false/"), loses_all: true, confuses: &[],
    },
    pi: Part { name: "pi", program: "pi", unapprove: None, loses_all: true, confuses: &["dup_name", "dup.name"] },
}
