//! What `codex exec --json` prints, in every version; and what our own agent writes.

use std::borrow::Cow;

use crate::stream::Form;
use crate::transcript::{Author, CallEvent, End, Failure, Status, Transcript};
use smoke_json::{Json, nested_fields};

/// Whose form it is.
pub const AUTHOR: Author = Author { name: "codex", title: "Codex", command: "codex exec --json" };
/// The lines.
pub const FORM: Form = Form { author: AUTHOR, knows, take };

/// The type of an item that is a call.
const CALL: &str = "mcp_tool_call";

fn knows(line: Json<'_>) -> bool {
    let [kind, item, message] = line.fields(["type", "item", "message"]);
    match &*kind.text() {
        "thread.started" | "turn.started" | "turn.completed" | "turn.failed" => true,
        "error" => message.is_text(),
        kind => kind.starts_with("item.") && item.is_object(),
    }
}

fn take(transcript: &mut Transcript, line: &[u8]) -> Option<()> {
    let (event, item) = nested_fields(
        line,
        ["type", "thread_id", "message", "usage", "error"],
        "item",
        // Some old versions name the type in another way.
        [
            "type",
            "item_type",
            "message",
            "text",
            "id",
            "server",
            "tool",
            "arguments",
            "status",
            "result",
            "error",
            "duration_ms",
        ],
    )?;
    let kind = Some(event[0].text()).filter(|kind| !kind.is_empty())?;
    take_event(transcript, &kind, event);
    take_item(transcript, &kind, item);
    Some(())
}

fn take_event(transcript: &mut Transcript, kind: &str, event: [Json<'_>; 5]) {
    let [_, thread_id, message, usage, error] = event;
    match kind {
        "thread.started" => transcript.begin_thread(thread_id),
        "turn.started" => transcript.end = None,
        "turn.completed" => {
            transcript.add_usage(usage);
            transcript.end = Some(End::Completed);
        }
        "turn.failed" => {
            let reason = message_of(error);
            transcript.fail(&if reason.is_empty() { message.text() } else { reason });
        }
        "error" => transcript.take_error(&message.text()),
        _ => {}
    }
}

fn take_item(transcript: &mut Transcript, event: &str, item: [Json<'_>; 12]) {
    let [kind, old_kind, message, text, call @ ..] = item;
    let kind = if kind.is_null() { old_kind.text() } else { kind.text() };
    match &*kind {
        "" => return,
        "error" => return transcript.warn(&message.text()),
        "command_execution" => match event {
            "item.started" => transcript.take_command(false),
            "item.completed" => transcript.take_command(true),
            _ => {}
        },
        "agent_message" | "assistant_message" => return transcript.say(text),
        CALL => take_call(transcript, event, call),
        _ => {}
    }
    transcript.get_on();
}

fn take_call(transcript: &mut Transcript, event: &str, call: [Json<'_>; 8]) {
    let [id, server, tool, arguments, status, result, error, duration] = call;
    let [content, structured_content, meta] =
        result.fields(["content", "structured_content", "_meta"]);
    let error = Some(error).filter(|error| !error.is_null()).map(message_of);
    let ended = event == "item.completed";
    let status = match &*status.text() {
        "" if ended && error.is_some() => Status::Failed,
        "" if ended => Status::Completed,
        "" => Status::InProgress,
        status => Status::from(status),
    };
    transcript.take_call(CallEvent {
        id: id.text(),
        server: server.text(),
        tool: tool.text(),
        arguments,
        begins: event == "item.started",
        status: Some(status),
        content: if result.is_text() { result } else { content },
        structured_content,
        meta,
        failure: error.as_deref().filter(|error| is_refusal(error)).map(|_| Failure::Refused),
        error: error.map(without_backtrace),
        duration_ms: duration.count(),
        ..CallEvent::default()
    });
}

/// The message of an error, which is an object with one, or a plain text.
fn message_of(error: Json<'_>) -> Cow<'_, str> {
    if error.is_object() { error.field("message").text() } else { error.text() }
}

/// Whether an error's message says that Codex itself refused the call for want of approval.
fn is_refusal(message: &str) -> bool {
    let message = message.to_lowercase();
    let words = [
        "user cancelled mcp tool call",
        "user canceled mcp tool call",
        "user rejected mcp tool call",
        "mcp tool call requires approval",
        "approval policy is never",
        "rejected by user approval settings",
    ];
    words.iter().any(|words| message.contains(words))
}

/// An error message without the backtrace that Codex adds to it.
fn without_backtrace(message: Cow<'_, str>) -> Cow<'_, str> {
    match message.find("\nStack backtrace:") {
        Some(end) => message[..end].trim_end().to_owned().into(),
        None => message.trim_end().to_owned().into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::read;

    fn failed(message: &str) -> crate::transcript::Call {
        let item = json!({"id": "1", "type": CALL, "tool": "t", "error": {"message": message}});
        let line = json!({"type": "item.completed", "item": item}).to_string();
        read(line.as_bytes()).calls.remove(0)
    }

    #[test]
    fn a_call_that_was_not_allowed_is_known_by_its_message() {
        for message in [
            "user cancelled MCP tool call",
            "MCP tool call requires approval, but approval policy is never",
        ] {
            assert_eq!(failed(message).failure, Some(Failure::Refused), "{message}");
        }
        assert_eq!(failed("approval of the plan failed").failure, None);
    }

    #[test]
    fn a_backtrace_is_cut_and_nothing_else() {
        let message = "tool call error\n\nCaused by:\n    no\n\nStack backtrace:\n   0: <unknown>";
        let expected = "tool call error\n\nCaused by:\n    no";
        assert_eq!(failed(message).error.as_deref(), Some(expected));
        let message = "the Stack backtrace: x";
        assert_eq!(failed(message).error.as_deref(), Some(message));
    }

    #[test]
    fn old_versions_name_the_type_of_an_item_in_another_way() {
        let line = r#"{"type":"item.completed","item":{"id":"1","item_type":"mcp_tool_call","server":"stack","tool":"add","arguments":{"a":2},"result":{"content":[{"type":"text","text":"5"}]},"status":"completed"}}"#;
        let call = read(line.as_bytes()).calls.remove(0);
        assert_eq!((call.tool.as_str(), call.result_text().as_str()), ("add", "5"));
        let message =
            r#"{"type":"item.completed","item":{"item_type":"assistant_message","text":"done"}}"#;
        assert_eq!(read(message.as_bytes()).last_message.as_deref(), Some("done"));
    }

    #[test]
    fn fields_of_odd_forms_are_tolerated() {
        let line = br#"{"type":"x","type":"item.completed","message":{},"item":{"id":7,"type":"mcp_tool_call","tool":"t","status":null,"error":"plain"}}"#;
        let call = read(&line[..]).calls.remove(0);
        assert_eq!((call.id.as_str(), call.error.as_deref()), ("7", Some("plain")));
        assert_eq!(call.status, Status::Failed);
        for odd in ["\"x\"", "null", "[{}]", "1", "-1", "0.5", "true"] {
            let line = format!(r#"{{"type":"turn.started","item":{odd}}}"#);
            assert_eq!(read(line.as_bytes()).events, 1, "{odd}");
        }
    }

    #[test]
    fn what_is_no_event_is_none() {
        for line in
            ["", "null", "1", "[\"error\"]", "{}", "{\"type\":1", "{\"type\":{}}", "warning: {}"]
        {
            assert_eq!(read(line.as_bytes()).events, 0, "{line}");
        }
    }
}
