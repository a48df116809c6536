//! The common form of all transcripts: JSON, whoever wrote them.

use std::iter;

use serde_json::{Value, json};
use smoke_agents::KeptJson;
use smoke_agents::transcript::{Call, End, Failure, Fault, Server, Transcript, Verdict};

use super::Held;

/// The document, piece by piece: a call for each, for all of them may be many.
pub fn document(
    file: &str,
    transcript: &Transcript,
    held: Option<&Held>,
    fault: &Option<Fault>,
) -> impl Iterator<Item = String> {
    const CALLS: &str = "\"calls\": []";
    let whole = format!("{:#}\n", facts(file, transcript, held, fault));
    let (before, after) = match whole.split_once(CALLS) {
        Some((before, after)) => (format!("{before}\"calls\": ["), format!("]{after}")),
        None => (whole, String::new()),
    };
    let calls = transcript.calls.iter().enumerate().map(|(at, called)| {
        let comma = if at == 0 { "" } else { "," };
        format!("{comma}\n    {}", call(called))
    });
    iter::once(before).chain(calls).chain([after])
}

fn facts(file: &str, transcript: &Transcript, held: Option<&Held>, fault: &Option<Fault>) -> Value {
    let (turn, failure) = match &transcript.end {
        Some(End::Completed) => (json!("completed"), Value::Null),
        Some(End::Failed { message }) => (json!("failed"), json!(message)),
        None => (Value::Null, Value::Null),
    };
    let cause = fault.as_ref().map(
        |fault| json!({"code": fault.code, "summary": fault.summary, "evidence": fault.evidence}),
    );
    json!({
        "agent": transcript.author.map(|author| author.name),
        "file": file, "thread_id": transcript.thread_id, "lines": transcript.lines,
        "events": transcript.events, "items": transcript.progress(),
        "malformed": transcript.malformed_count, "read_error": transcript.read_error,
        "turn": turn, "turn_error": failure, "transient_errors": transcript.transient_errors,
        "last_error": transcript.last_error, "warnings": transcript.warnings,
        "commands": transcript.commands, "last_message": transcript.last_message,
        "tokens": transcript.tokens,
        "servers": transcript.servers.iter().map(server).collect::<Vec<_>>(),
        "offered_tools": transcript.offered,
        "calls": [],
        "calls_left_out": transcript.calls_left_out(),
        "stage": held.map(|held| &held.stage),
        "expectations": held.map(|held| held.verdicts.iter().map(verdict).collect::<Vec<_>>()),
        "cause": cause,
    })
}

fn server(server: &Server) -> Value {
    json!({"name": server.name, "status": server.word, "error": server.reason})
}

fn call(call: &Call) -> Value {
    let failure = call.failure.map(|failure| match failure {
        Failure::Refused => "refused",
        Failure::Unknown => "unknown-tool",
    });
    json!({
        "id": call.id, "server": call.server, "tool": call.tool, "name": call.alias,
        "arguments": call.arguments.value(), "status": call.status.as_str(),
        "result": call.result.as_ref().map(KeptJson::value), "error": call.error,
        "failure": failure, "began_ms": call.began_ms, "duration_ms": call.duration_ms,
        "truncated": call.truncated,
    })
}

fn verdict(verdict: &Verdict) -> Value {
    json!({
        "tool": verdict.tool, "met": verdict.met, "matched": verdict.matched, "why": verdict.why,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_are_one_document() {
        let line = r#"{"type":"item.completed","item":{"id":"\"calls\": []","type":"mcp_tool_call","server":"s","tool":"t","arguments":{"a":1}}}"#;
        let message = r#"{"type":"item.completed","item":{"id":"1","type":"agent_message","text":"\"calls\": []"}}"#;
        for count in 0..3 {
            let calls = (0..count).map(|id| line.replace("[]", &id.to_string()));
            let lines: Vec<String> = calls.chain([message.to_owned()]).collect();
            let transcript = smoke_agents::read(lines.join("\n").as_bytes());
            let text: String = document("f", &transcript, None, &None).collect();
            let value: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(value["calls"].as_array().unwrap().len(), count);
            assert_eq!((&value["agent"], &value["lines"]), (&json!("codex"), &json!(count + 1)));
            assert_eq!(value["last_message"], "\"calls\": []");
        }
    }

    #[test]
    fn the_document_about_agents_tells_who_is_read_and_what_the_common_form_has() {
        let document = include_str!("../../../docs/agents.md");
        for author in smoke_agents::FORMS.iter().map(|form| form.author) {
            let row = format!("| {} | `{}`", author.title, author.command);
            assert!(author.command.is_empty() || document.contains(&row), "no {row}");
        }
        let whole = facts("f", &Transcript::default(), None, &None);
        let call = call(&Call::default());
        for name in [&whole, &call].iter().flat_map(|value| value.as_object().unwrap().keys()) {
            assert!(document.contains(&format!("`{name}`")), "no {name}");
        }
    }
}
