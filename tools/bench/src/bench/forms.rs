//! How fast the transcripts of other agents are read and held to a stage, each against `jq -c .`.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};

use anyhow::{Context, Result};
use fastrand::Rng;
use serde_json::{Value, json};
use smoke_core::program;
use smoke_record::screen;

use super::goal::Goal;
use super::sample::Sample;
use super::transcript::{PROFILE, texts};
use super::{Bench, Round, Subject};

/// The size of each transcript, in bytes.
const SIZE: usize = 200_000_000;

/// Times the reading of the transcripts of all agents but Codex.
pub const BENCH: Bench = Bench {
    name: "transcript-forms",
    summary: "200 MB of each other agent's JSONL held to a stage, against jq -c .",
    rounds: 3,
    goals: &[Goal::at_least("times as fast as jq", 5.0), Goal::at_most("peak memory", 32.0)],
    needs: &[("transcript", &["--stage", "--profile", "agent"])],
    set_up,
};

/// The agents, each with its lines about a message and about a call that has this number.
const FORMS: [(&str, Message, Call); 8] = [
    ("claude-code", claude_message, claude_call),
    ("gemini", gemini_message, gemini_call),
    ("opencode", opencode_message, opencode_call),
    ("copilot", copilot_message, copilot_call),
    ("cline", cline_message, cline_call),
    ("qwen-code", claude_message, qwen_call),
    ("mistral-vibe", vibe_message, vibe_call),
    ("pi", pi_message, pi_call),
];

type Message = fn(&str) -> Value;
type Call = fn(usize, &Called<'_>) -> Vec<Value>;

/// A call, and what it gives.
struct Called<'a> {
    tool: &'a str,
    arguments: Value,
    text: &'a str,
}

fn set_up(subject: &Subject) -> Result<Round<'_>> {
    let place = &subject.place;
    let profile = place.path().join("talk.toml");
    fs::write(&profile, PROFILE).context("write a profile")?;
    let jq = program::find("jq", place.environment.get("PATH").unwrap_or_default());
    if jq.is_none() {
        screen::say("transcript-forms: skipped: the comparison, for there is no jq on PATH");
    }
    Ok(Box::new(move |_| {
        let mut samples = Vec::new();
        for (agent, message, call) in FORMS {
            let file = place.path().join("of-one.jsonl");
            let mut out = BufWriter::new(File::create(&file).context("write a transcript")?);
            write(&mut out, message, call, SIZE)
                .and_then(|()| out.flush())
                .context("write a transcript")?;
            let argv = [subject.program.path.as_str(), "transcript", file.as_str()];
            let held = ["--stage", "talk", "--profile", profile.as_str()];
            let read = place.run_watched(&[&argv[..], &held].concat(), place.path())?;
            samples.push(Sample::bytes(format!("peak memory: {agent}"), read.peak));
            if let Some(jq) = &jq {
                let script = "exec \"$0\" -c . \"$1\" > /dev/null";
                let argv = ["sh", "-c", script, jq.as_str(), file.as_str()];
                let seconds = place.run(&argv, place.path())?.seconds;
                let measure = format!("times as fast as jq: {agent}");
                samples.push(Sample::ratio(measure, seconds, read.seconds));
            }
        }
        Ok(samples)
    }))
}

/// Messages and calls, some with large results, until there is enough.
fn write(out: &mut impl Write, message: Message, call: Call, size: usize) -> io::Result<()> {
    let mut random = Rng::with_seed(11);
    let texts = texts(&mut random);
    let mut written = 0;
    for id in 0.. {
        let text = random.choice(&texts).map(String::as_str).unwrap_or_default();
        // The first is what the stage wants to see.
        let (tool, arguments) = match id {
            0 => ("grep", json!({"pattern": "TODO"})),
            _ => ("workspace_fs_read", json!({"path": format!("src/{id}.rs")})),
        };
        let mut lines = call(id, &Called { tool, arguments, text });
        lines.extend((id > 0).then(|| message(text)));
        for line in lines {
            let line = format!("{line}\n");
            out.write_all(line.as_bytes())?;
            written += line.len();
        }
        if written > size {
            break;
        }
    }
    Ok(())
}

/// When everything happens.
const AT: &str = "2026-10-02T08:15:00.123Z";

fn blocks(text: &str) -> Value {
    json!([{"type": "text", "text": text}])
}

fn claude_message(text: &str) -> Value {
    json!({"type": "assistant", "session_id": "s", "message": {"content": blocks(text)}})
}

fn claude_call(id: usize, called: &Called<'_>) -> Vec<Value> {
    with_messages(id, called, "claude_code_version")
}

fn qwen_call(id: usize, called: &Called<'_>) -> Vec<Value> {
    with_messages(id, called, "qwen_code_version")
}

fn with_messages(id: usize, called: &Called<'_>, version: &str) -> Vec<Value> {
    let name = format!("mcp__stack__{}", called.tool);
    let call = json!({"type": "tool_use", "id": id, "name": name, "input": called.arguments});
    let result = json!({"type": "tool_result", "tool_use_id": id, "content": blocks(called.text)});
    let line = |kind: &str, block: Value| json!({"type": kind, "session_id": "s", "timestamp": AT, "message": {"content": [block]}});
    let mut lines = vec![line("assistant", call), line("user", result)];
    if id == 0 {
        let mut init = json!({"type": "system", "subtype": "init", "session_id": "s"});
        init[version] = "1".into();
        lines.insert(0, init);
    }
    lines
}

fn gemini_message(text: &str) -> Value {
    json!({"type": "message", "timestamp": AT, "role": "assistant", "content": text})
}

fn gemini_call(id: usize, called: &Called<'_>) -> Vec<Value> {
    let (name, id) = (format!("mcp_stack_{}", called.tool), id.to_string());
    vec![
        json!({"type": "tool_use", "timestamp": AT, "tool_id": id, "tool_name": name,
            "parameters": called.arguments}),
        json!({"type": "tool_result", "timestamp": AT, "tool_id": id, "status": "success",
            "output": called.text}),
    ]
}

fn opencode_message(text: &str) -> Value {
    json!({"type": "text", "sessionID": "s", "part": {"type": "text", "text": text}})
}

fn opencode_call(id: usize, called: &Called<'_>) -> Vec<Value> {
    let name = format!("stack_{}", called.tool);
    let state = json!({"status": "completed", "input": called.arguments, "output": called.text,
        "time": {"start": 1, "end": 2}});
    let part = json!({"type": "tool", "tool": name, "callID": id, "state": state});
    vec![json!({"type": "tool_use", "sessionID": "s", "part": part})]
}

fn copilot(kind: &str, data: Value) -> Value {
    json!({"type": kind, "data": data, "id": "e", "timestamp": AT})
}

fn copilot_message(text: &str) -> Value {
    copilot("assistant.message", json!({"content": text, "toolRequests": []}))
}

fn copilot_call(id: usize, called: &Called<'_>) -> Vec<Value> {
    let start = json!({"toolCallId": id, "toolName": format!("stack-{}", called.tool),
        "arguments": called.arguments, "mcpServerName": "stack", "mcpToolName": called.tool});
    let result = json!({"content": called.text, "contents": blocks(called.text)});
    let end = json!({"toolCallId": id, "success": true, "result": result});
    vec![copilot("tool.execution_start", start), copilot("tool.execution_complete", end)]
}

fn cline(event: Value) -> Value {
    json!({"ts": AT, "type": "agent_event", "event": event})
}

fn cline_message(text: &str) -> Value {
    cline(json!({"type": "content_end", "contentType": "text", "text": text}))
}

fn cline_call(id: usize, called: &Called<'_>) -> Vec<Value> {
    let name = format!("stack__{}", called.tool);
    let output = json!({"content": blocks(called.text)});
    vec![
        cline(json!({"type": "content_start", "contentType": "tool", "toolName": name,
            "toolCallId": id, "input": called.arguments})),
        cline(json!({"type": "content_end", "contentType": "tool", "toolName": name,
            "toolCallId": id, "output": output, "durationMs": 3})),
    ]
}

fn vibe(kind: &str) -> Value {
    json!({"type": kind, "id": "e", "sessionId": "s", "turnId": "t", "createdAt": 1, "updatedAt": 2,
        "generationStatus": "completed"})
}

fn vibe_message(text: &str) -> Value {
    let mut line = vibe("message");
    (line["role"], line["content"]) = ("assistant".into(), blocks(text));
    line
}

fn vibe_call(id: usize, called: &Called<'_>) -> Vec<Value> {
    let mut line = vibe("effect");
    let name = format!("mcp_stack.{}", called.tool);
    line["id"] = id.into();
    line["detail"] = json!({"toolName": name, "kind": "tool", "input": called.arguments});
    line["state"] = json!({"status": "completed", "outputText": called.text,
        "output": {"type": "success", "content": blocks(called.text)}});
    vec![line]
}

fn pi_message(text: &str) -> Value {
    let message = json!({"role": "assistant", "content": blocks(text), "stopReason": "stop"});
    json!({"type": "message_end", "message": message})
}

fn pi_call(id: usize, called: &Called<'_>) -> Vec<Value> {
    let (name, id) = (format!("stack_{}", called.tool), id.to_string());
    let result = json!({"content": blocks(called.text), "details": {"server": "stack", "tool": called.tool}});
    vec![
        json!({"type": "tool_execution_start", "toolCallId": id, "toolName": name,
            "args": called.arguments}),
        json!({"type": "tool_execution_end", "toolCallId": id, "toolName": name, "result": result,
            "isError": false}),
    ]
}

#[cfg(test)]
mod tests {
    use smoke_agents::transcript::Status;

    use super::*;

    #[test]
    fn each_transcript_is_one_of_its_agent() {
        for (agent, message, call) in FORMS {
            let mut text = Vec::new();
            write(&mut text, message, call, 500_000).unwrap();
            let read = smoke_agents::read(&text[..]);
            assert_eq!(read.author.map(|author| author.name), Some(agent));
            assert_eq!(read.malformed_count, 0, "{agent}");
            assert!(read.calls.len() > 10 && read.calls[0].tool == "grep", "{agent}");
            assert!(read.calls.iter().all(|call| call.status == Status::Completed), "{agent}");
            assert!(read.calls.iter().all(|call| call.result.is_some()), "{agent}");
        }
    }
}
