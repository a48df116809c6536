//! The bench `transcript`: how fast a large one is read, summarised and held to a stage, against `jq -c .`,
//! which reads it and prints it again.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};

use anyhow::{Context, Result};
use camino::Utf8Path;
use fastrand::Rng;
use serde_json::{Value, json};
use smoke_core::program;
use smoke_record::screen;

use super::goal::Goal;
use super::sample::Sample;
use super::{Bench, Round, Subject};

/// The size of the transcript, in bytes, and of a part of it, which takes no less memory.
const WHOLE: u64 = 1_000_000_000;
const PART: u64 = 500_000_000;

/// The stage that it is held to.
pub const PROFILE: &str = "name = \"talk\"\n[gateway]\nserver = \"stack\"\ncommand = [\"true\"]\n\
    tools = [\"grep\"]\n[[stage]]\nname = \"talk\"\n[[stage.call]]\ntool = \"grep\"\n\
    arguments = { pattern = \"TODO\" }\n";

/// Times the reading of a transcript.
pub const BENCH: Bench = Bench {
    name: "transcript",
    summary: "1 GB of JSONL read, summarised and held to a stage, against jq -c .",
    rounds: 3,
    goals: &[
        Goal::at_least("times as fast as jq", 10.0),
        Goal::at_most("peak memory", 32.0),
        Goal::at_most("memory for all, to that for half of it", 1.1),
    ],
    needs: &[("transcript", &["--stage", "--profile"])],
    set_up,
};

fn set_up(subject: &Subject) -> Result<Round<'_>> {
    let place = &subject.place;
    let (whole, part) = (place.path().join("whole.jsonl"), place.path().join("part.jsonl"));
    let profile = place.path().join("talk.toml");
    fs::write(&profile, PROFILE).context("write a profile")?;
    for (file, size) in [(&whole, WHOLE), (&part, PART)] {
        let mut out = BufWriter::new(File::create(file).context("write a transcript")?);
        write(&mut out, size).and_then(|()| out.flush()).context("write a transcript")?;
    }
    let jq = program::find("jq", place.environment.get("PATH").unwrap_or_default());
    if jq.is_none() {
        screen::say("transcript: skipped: the comparison, for there is no jq on PATH");
    }
    Ok(Box::new(move |_| {
        let read = |file: &Utf8Path| {
            let argv = [subject.program.path.as_str(), "transcript", file.as_str()];
            let held = ["--stage", "talk", "--profile", profile.as_str()];
            place.run_watched(&[&argv[..], &held].concat(), place.path())
        };
        let (all, some) = (read(&whole)?, read(&part)?);
        let mut samples = vec![
            Sample::seconds("xtask transcript", all.seconds),
            Sample::bytes("peak memory", all.peak),
            Sample::ratio(
                "memory for all, to that for half of it",
                all.peak as f64,
                some.peak as f64,
            ),
        ];
        if let Some(jq) = &jq {
            let script = "exec \"$0\" -c . \"$1\" > /dev/null";
            let argv = ["sh", "-c", script, jq.as_str(), whole.as_str()];
            let jq = place.run(&argv, place.path())?.seconds;
            samples.push(Sample::seconds("jq -c .", jq));
            samples.push(Sample::ratio("times as fast as jq", jq, all.seconds));
        }
        Ok(samples)
    }))
}

/// A transcript in the form of Codex: thoughts, commands and calls, some with large outputs.
fn write(out: &mut impl Write, size: u64) -> io::Result<()> {
    let mut random = Rng::with_seed(11);
    let texts = texts(&mut random);
    let mut written = 0;
    let mut put = |event: Value| -> io::Result<u64> {
        let line = format!("{event}\n");
        out.write_all(line.as_bytes())?;
        written += line.len() as u64;
        Ok(written)
    };
    put(json!({"type": "thread.started", "thread_id": "01996f0e-bench"}))?;
    put(json!({"type": "turn.started"}))?;
    for id in 0.. {
        let mut item = item(&mut random, &texts, id);
        if item.get("status").is_some() {
            let (result, status) = (item["result"].take(), item["status"].take());
            item["status"] = "in_progress".into();
            put(json!({"type": "item.started", "item": item}))?;
            (item["result"], item["status"]) = (result, status);
        }
        if put(json!({"type": "item.completed", "item": item}))? > size {
            break;
        }
    }
    put(json!({"type": "turn.completed", "usage": {"input_tokens": 70_123, "output_tokens": 91}}))?;
    Ok(())
}

/// Texts of different lengths.
pub fn texts(random: &mut Rng) -> Vec<String> {
    (0..200).map(|at| text(random, [200, 800, 3000, 9000, 40_000][at % 5])).collect()
}

fn text(random: &mut Rng, size: usize) -> String {
    const WORDS: [&str; 10] = [
        "the",
        "server",
        "füße",
        "\"quoted\"",
        "back\\slash",
        "a\tb",
        "\n",
        "é\u{1b}[0m",
        "fn main() {",
        "1.25",
    ];
    let mut text = String::new();
    while text.len() < size {
        text += random.choice(WORDS).unwrap_or_default();
        text.push(' ');
    }
    text
}

fn item(random: &mut Rng, texts: &[String], id: usize) -> Value {
    let text = random.choice(texts).map(String::as_str).unwrap_or_default();
    let name = format!("item_{id}");
    match random.u8(..10) {
        // The first is what the stage wants to see.
        _ if id == 0 => call(&name, "grep", &json!({"pattern": "TODO"}), "a.rs:1: TODO", 1),
        0..3 => json!({"id": name, "type": "reasoning", "text": text}),
        3..6 => json!({
            "id": name, "type": "command_execution", "command": "bash -lc 'cargo test'",
            "aggregated_output": text, "exit_code": 0, "status": "completed",
        }),
        6..9 => {
            let arguments = json!({"operation": "read_file", "path": format!("src/{id}.rs")});
            call(&name, "workspace_fs_read", &arguments, text, random.usize(..20))
        }
        _ => json!({"id": name, "type": "agent_message", "text": text}),
    }
}

fn call(id: &str, tool: &str, arguments: &Value, text: &str, hits: usize) -> Value {
    let hits: Vec<Value> = (0..hits).map(|line| json!({"line": line, "text": "a hit"})).collect();
    json!({
        "id": id, "type": "mcp_tool_call", "server": "stack", "tool": tool, "arguments": arguments,
        "result": {"content": [{"type": "text", "text": text}], "structured_content": {"hits": hits}},
        "error": null, "status": "completed",
    })
}

#[cfg(test)]
mod tests {
    use smoke_agents::transcript;

    use super::*;

    #[test]
    fn the_transcript_is_one() {
        let mut text = Vec::new();
        write(&mut text, 2_000_000).unwrap();
        let read = smoke_agents::read(&text[..]);
        assert_eq!((read.malformed_count, read.read_error.as_deref()), (0, None));
        assert!(read.calls.len() > 10 && read.calls[0].tool == "grep");
        assert!(read.calls.iter().all(|call| call.status == transcript::Status::Completed));
    }
}
