//! What Codex keeps of a session below its home, and what its first versions printed: the same events, in one
//! wrapping or another.

use smoke_json::{Json, fields};

use crate::stream::{Form, moment};
use crate::transcript::{Author, CallEvent, End, Status, Transcript, parted};

/// The lines of a session's file.
pub const SAVED: Form = Form {
    author: Author { name: "codex", title: "Codex, as it keeps a session", command: "" },
    knows: is_saved,
    take: take_saved,
};
/// The lines of the first versions.
pub const FIRST: Form = Form {
    author: Author { name: "codex", title: "Codex, in its first versions", command: "" },
    knows: is_first,
    take: take_first,
};

/// The status of a call of which only the end is told.
const UNKNOWN: &str = "unknown";

fn is_saved(line: Json<'_>) -> bool {
    let [kind, timestamp, payload] = line.fields(["type", "timestamp", "payload"]);
    let kinds = ["session_meta", "response_item", "event_msg", "turn_context", "compacted"];
    kinds.contains(&&*kind.text()) && timestamp.is_text() && payload.is_object()
}

fn is_first(line: Json<'_>) -> bool {
    let [id, message] = line.fields(["id", "msg"]);
    !id.is_null() && message.field("type").is_text()
}

fn take_saved(transcript: &mut Transcript, line: &[u8]) -> Option<()> {
    let [kind, timestamp, payload] = fields(line, ["type", "timestamp", "payload"])?;
    match &*kind.text() {
        "" => return None,
        "session_meta" => transcript.begin_thread(payload.field("id")),
        "event_msg" => take_event(transcript, timestamp, payload),
        "response_item" => take_item(transcript, timestamp, payload),
        _ => {}
    }
    Some(())
}

fn take_first(transcript: &mut Transcript, line: &[u8]) -> Option<()> {
    let [message] = fields(line, ["msg"])?;
    take_event(transcript, Json::NULL, message);
    message.is_object().then_some(())
}

fn take_event(transcript: &mut Transcript, timestamp: Json<'_>, event: Json<'_>) {
    let [kind, message] = event.fields(["type", "message"]);
    match &*kind.text() {
        "mcp_tool_call_begin" => take_call(transcript, timestamp, event, true),
        "mcp_tool_call_end" => take_call(transcript, timestamp, event, false),
        "exec_command_begin" => transcript.take_command(false),
        "exec_command_end" => transcript.take_command(true),
        "agent_message" => return transcript.say(message),
        "task_started" | "turn_started" => transcript.end = None,
        "task_complete" | "turn_complete" => transcript.end = Some(End::Completed),
        "turn_aborted" => transcript.fail(&event.field("reason").text()),
        "error" | "stream_error" => return transcript.take_error(&message.text()),
        "token_count" => {
            let info = event.field("info");
            transcript.set_usage(info.field("total_token_usage"));
        }
        _ => {}
    }
    transcript.get_on();
}

fn take_call(transcript: &mut Transcript, timestamp: Json<'_>, event: Json<'_>, begins: bool) {
    let [id, invocation, result, duration] =
        event.fields(["call_id", "invocation", "result", "duration"]);
    let invocation = if invocation.is_object() { invocation } else { event };
    let [server, tool, arguments] = invocation.fields(["server", "tool", "arguments"]);
    let [good, bad] = result.fields(["Ok", "Err"]);
    let [content, structured, snake, is_error, old_is_error] =
        good.fields(["content", "structuredContent", "structured_content", "isError", "is_error"]);
    let failed = !bad.is_null() || is_error.is_true() || old_is_error.is_true();
    let status = match (begins, failed) {
        (true, _) => Status::InProgress,
        (false, true) => Status::Failed,
        (false, false) => Status::Completed,
    };
    let [seconds, nanos] = duration.fields(["secs", "nanos"]).map(Json::count);
    transcript.take_call(CallEvent {
        id: id.text(),
        server: server.text(),
        tool: tool.text(),
        arguments,
        begins,
        status: Some(status),
        content,
        structured_content: if structured.is_null() { snake } else { structured },
        error: Some(bad.text()).filter(|error| !error.is_empty()),
        began_ms: moment(timestamp).filter(|_| begins),
        duration_ms: seconds.map(|seconds| {
            seconds.saturating_mul(1000).saturating_add(nanos.unwrap_or_default() / 1_000_000)
        }),
        ..CallEvent::default()
    });
}

/// What is said to the model and by it. Some versions keep nothing else of a call.
fn take_item(transcript: &mut Transcript, timestamp: Json<'_>, item: Json<'_>) {
    let [kind, id, name, space, arguments, output] =
        item.fields(["type", "call_id", "name", "namespace", "arguments", "output"]);
    transcript.get_on();
    let (began_ms, ended_ms) = (moment(timestamp), moment(timestamp));
    match &*kind.text() {
        "function_call" => {
            let (space, name, arguments) = (space.text(), name.text(), arguments.text());
            let alias = if space.is_empty() { name } else { format!("{space}__{name}").into() };
            let Some(parts) = alias
                .strip_prefix("mcp__")
                .and_then(|whole| parted(whole, "__", &transcript.servers))
            else {
                return;
            };
            let arguments = match fields(arguments.as_bytes(), []) {
                Some([]) => Json::of(arguments.as_bytes()),
                None => Json::NULL,
            };
            transcript.take_call(CallEvent {
                arguments,
                began_ms,
                ..CallEvent::of(id, &alias, parts)
            });
        }
        "function_call_output" if transcript.is_open(id) => {
            let status = Some(Status::Other(UNKNOWN.to_owned()));
            let content = if output.is_object() { output.field("content") } else { output };
            transcript.take_call(CallEvent {
                id: id.text(),
                status,
                content,
                ended_ms,
                ..CallEvent::default()
            });
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use smoke_core::cause::Code;

    use crate::forms_tests::fault;

    #[test]
    fn a_call_of_which_only_the_output_is_kept_has_an_unknown_end() {
        let call = r#"{"timestamp":"t","type":"response_item","payload":{"type":"function_call","name":"add","namespace":"mcp__stack","arguments":"{\"a\":2}","call_id":"c"}}"#;
        let output = r#"{"timestamp":"t","type":"response_item","payload":{"type":"function_call_output","call_id":"c","output":"5"}}"#;
        let (code, summary) = fault(&[call, output]).unwrap();
        assert_eq!(code, Code::AgentCallFailed);
        assert!(summary.contains("its status is unknown: 5"), "{summary}");
        let event = r#"{"timestamp":"t","type":"event_msg","payload":{"type":"mcp_tool_call_end","call_id":"c","invocation":{"server":"stack","tool":"add","arguments":{"a":2}},"result":{"Ok":{"content":[]}}}}"#;
        assert_eq!(fault(&[call, event, output]), None);
    }

    #[test]
    fn a_call_that_got_no_result_has_failed() {
        let end = r#"{"id":"1","msg":{"type":"mcp_tool_call_end","call_id":"c","invocation":{"server":"stack","tool":"add","arguments":{"a":2}},"result":{"Err":"timed out"}}}"#;
        assert!(fault(&[end]).unwrap().1.contains("its status is failed: timed out"));
    }
}
