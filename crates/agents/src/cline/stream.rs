//! What `cline --json` prints.

use smoke_json::{Json, nested_fields};

use crate::stream::{Form, moment};
use crate::transcript::{Author, CallEvent, End, Failure, Status, Transcript, parted};

/// The lines.
pub const FORM: Form =
    Form { author: Author { name: "cline", title: "cline", command: "cline --json" }, knows, take };

fn knows(line: Json<'_>) -> bool {
    let [kind, ts] = line.fields(["type", "ts"]);
    let kinds = ["hook_event", "agent_event", "run_start", "run_result", "error"];
    !ts.is_null() && kinds.contains(&&*kind.text())
}

fn take(transcript: &mut Transcript, line: &[u8]) -> Option<()> {
    let ([kind, ts, task, message, reason, usage, text], event) = nested_fields(
        line,
        ["type", "ts", "taskId", "message", "finishReason", "usage", "text"],
        "event",
        [
            "type",
            "contentType",
            "text",
            "error",
            "recoverable",
            "toolName",
            "toolCallId",
            "input",
            "output",
            "durationMs",
        ],
    )?;
    match &*kind.text() {
        "" => return None,
        "agent_event" => take_event(transcript, ts, event),
        "hook_event" => transcript.begin_only_thread(task),
        "error" => transcript.take_error(&message.text()),
        "run_result" => {
            let kinds = ["inputTokens", "outputTokens", "cacheReadTokens", "cacheWriteTokens"];
            transcript.add_usage_of(usage, &kinds);
            take_end(transcript, &reason.text(), &text.text());
        }
        _ => {}
    }
    Some(())
}

fn take_end(transcript: &mut Transcript, reason: &str, text: &str) {
    if reason == "completed" {
        transcript.end = Some(End::Completed);
        return;
    }
    let last = transcript.last_error.clone().unwrap_or_default();
    let words = [last.as_str(), text, reason].into_iter().find(|words| !words.is_empty());
    transcript.fail(words.unwrap_or_default());
}

fn take_event(transcript: &mut Transcript, ts: Json<'_>, event: [Json<'_>; 10]) {
    let [kind, content, text, error, recoverable, tool @ ..] = event;
    match (&*kind.text(), &*content.text()) {
        ("content_start", "tool") => take_tool(transcript, ts, error, tool, true),
        ("content_end", "tool") => take_tool(transcript, ts, error, tool, false),
        ("content_end", "text") => transcript.say(text),
        ("content_start" | "content_end" | "iteration_start" | "iteration_end", _) => {
            transcript.get_on();
        }
        // One after which it goes on is about a call that failed, which tells of it itself.
        ("error", _) if !recoverable.is_true() => {
            let message = if error.is_object() { error.field("message") } else { error };
            transcript.take_error(&message.text());
        }
        _ => {}
    }
}

/// A tool is used: its beginning, or its end, which alone is told of a tool that there is not.
fn take_tool(
    transcript: &mut Transcript,
    ts: Json<'_>,
    error: Json<'_>,
    tool: [Json<'_>; 5],
    begins: bool,
) {
    transcript.get_on();
    let [name, id, arguments, output, duration] = tool;
    let alias = name.text();
    let Some(parts) = parted(&alias, "__", &transcript.servers) else {
        return transcript.take_command(!begins);
    };
    let [content, structured_content, is_error, inner] =
        output.fields(["content", "structuredContent", "isError", "error"]);
    let message = [inner.text(), error.text()].into_iter().find(|text| !text.is_empty());
    let status = match message.is_some() || is_error.is_true() {
        _ if begins => Status::InProgress,
        true => Status::Failed,
        false => Status::Completed,
    };
    let event = CallEvent {
        arguments,
        begins,
        status: Some(status),
        content: if output.is_text() { output } else { content },
        structured_content,
        failure: message.as_deref().and_then(failure),
        error: message,
        began_ms: moment(ts).filter(|_| begins),
        ended_ms: moment(ts).filter(|_| !begins),
        duration_ms: duration.count(),
        ..CallEvent::of(id, &alias, parts)
    };
    transcript.take_call(event);
}

/// What kind of failure it is that a message tells of.
fn failure(message: &str) -> Option<Failure> {
    if message.contains("NoSuchTool") || message.contains("unavailable tool") {
        Some(Failure::Unknown)
    } else if message.contains("denied") || message.contains("approv") {
        Some(Failure::Refused)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use smoke_core::cause::Code;

    use crate::forms_tests::fault;
    use crate::read;

    fn ended(error: &str) -> String {
        format!(
            r#"{{"ts":1,"type":"agent_event","event":{{"type":"content_end","contentType":"tool","toolName":"stack__add","toolCallId":"c","input":{{"a":2}},"output":{{"error":"{error}"}},"error":"{{}}"}}}}"#
        )
    }

    #[test]
    fn failures_are_told_apart_by_their_words() {
        let table = [
            ("rejected before execution: AI_NoSuchToolError: x", Code::AgentToolNotOffered),
            ("requires approval in a TTY session", Code::AgentApprovalRefused),
            ("MCP error -32000: no", Code::AgentCallFailed),
        ];
        let failed = r#"{"ts":2,"type":"agent_event","event":{"type":"error","error":{"message":"1 tool call(s) failed"},"recoverable":true}}"#;
        for (error, code) in table {
            assert_eq!(fault(&[&ended(error), failed]).unwrap().0, code, "{error}");
        }
    }

    #[test]
    fn a_model_that_failed_is_told() {
        let error = r#"{"ts":1,"type":"agent_event","event":{"type":"error","error":{"message":"no model"}}}"#;
        let end = r#"{"ts":2,"type":"run_result","finishReason":"error","text":""}"#;
        assert!(fault(&[error, end]).unwrap().1.contains("its model failed: no model"));
        assert_eq!(read(error.as_bytes()).transient_errors, 1);
    }
}
