//! A transcript in words, and as JSON.

use serde_json::{Value, json};
use smoke_agents::KeptJson;
use smoke_agents::transcript::{Call, End, Fault, Transcript, Verdict};
use smoke_mcp::excerpt;

use super::Held;

/// The calls, a line for each, with how the turn ended and what was held to the stage.
pub fn text(transcript: &Transcript, held: Option<&Held>) -> String {
    let mut text: String =
        transcript.calls.iter().enumerate().map(|(at, call)| line(at + 1, call)).collect();
    if transcript.calls_left_out() > 0 {
        text.push_str(&format!("     {} more calls\n", transcript.calls_left_out()));
    }
    text.push_str(&format!("{}\n", summary(transcript)));
    if let Some(held) = held {
        text.push_str(&format!("\nstage {}\n", held.stage));
        held.verdicts.iter().for_each(|verdict| text.push_str(&verdict_line(verdict)));
    }
    text
}

fn line(number: usize, call: &Call) -> String {
    let arguments = excerpt(&call.arguments.to_string());
    let message = excerpt(&call.message());
    let colon = if message.is_empty() { "" } else { ": " };
    let (server, tool, status) = (&call.server, &call.tool, &call.status);
    format!("{number:>4} {server}/{tool} {arguments} {status}{colon}{message}\n")
}

fn summary(transcript: &Transcript) -> String {
    let count = transcript.calls.len() + transcript.calls_left_out();
    let mut parts =
        vec![format!("{} lines, {} events, {count} calls", transcript.lines, transcript.events)];
    if transcript.malformed_count > 0 {
        parts.push(format!("{} lines are no events", transcript.malformed_count));
    }
    if let Some(error) = &transcript.read_error {
        parts.push(format!("reading ended early: {error}"));
    }
    parts.push(match &transcript.end {
        Some(End::Completed) => "the turn was completed".to_owned(),
        Some(End::Failed { message }) => format!("the turn failed: {}", excerpt(message)),
        None => "the turn has no end".to_owned(),
    });
    parts.extend(transcript.last_error.as_deref().map(|last| {
        format!("{} transient errors, the last: {}", transcript.transient_errors, excerpt(last))
    }));
    parts.extend(transcript.tokens.iter().map(|(kind, count)| format!("{kind} {count}")));
    parts.join("; ")
}

fn verdict_line(verdict: &Verdict) -> String {
    let tool = &verdict.tool;
    match &verdict.why {
        None => format!("  met      {tool}\n"),
        Some(why) => format!("  not met  {tool}: {why}\n"),
    }
}

/// The same for programs.
pub fn json(
    file: &str,
    transcript: &Transcript,
    held: Option<&Held>,
    fault: &Option<Fault>,
) -> Value {
    let (turn, failure) = match &transcript.end {
        Some(End::Completed) => (json!("completed"), Value::Null),
        Some(End::Failed { message }) => (json!("failed"), json!(message)),
        None => (Value::Null, Value::Null),
    };
    let cause = fault.as_ref().map(
        |fault| json!({"code": fault.code, "summary": fault.summary, "evidence": fault.evidence}),
    );
    json!({
        "file": file, "thread_id": transcript.thread_id, "lines": transcript.lines,
        "events": transcript.events, "items": transcript.progress(),
        "malformed": transcript.malformed_count, "read_error": transcript.read_error,
        "turn": turn, "turn_error": failure, "transient_errors": transcript.transient_errors,
        "last_error": transcript.last_error, "commands": transcript.commands,
        "last_message": transcript.last_message, "tokens": transcript.tokens,
        "calls": transcript.calls.iter().map(call).collect::<Vec<_>>(),
        "calls_left_out": transcript.calls_left_out(),
        "stage": held.map(|held| &held.stage),
        "expectations": held.map(|held| held.verdicts.iter().map(verdict).collect::<Vec<_>>()),
        "cause": cause,
    })
}

fn call(call: &Call) -> Value {
    json!({
        "id": call.id, "server": call.server, "tool": call.tool,
        "arguments": call.arguments.value(),
        "status": call.status.as_str(), "result": call.result.as_ref().map(KeptJson::value), "error": call.error,
        "truncated": call.truncated,
    })
}

fn verdict(verdict: &Verdict) -> Value {
    json!({
        "tool": verdict.tool, "met": verdict.met, "matched": verdict.matched, "why": verdict.why,
    })
}
