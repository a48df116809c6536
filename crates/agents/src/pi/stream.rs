//! What `pi -p --mode json` prints, with the adapter that gives it the tools of servers.

use smoke_json::{Json, nested_fields};

use crate::stream::Form;
use crate::transcript::{Author, CallEvent, End, Failure, Status, Transcript, parted};

/// The lines.
pub const FORM: Form =
    Form { author: Author { name: "pi", title: "pi", command: "pi -p --mode json" }, knows, take };

fn knows(line: Json<'_>) -> bool {
    let [kind, id, cwd, message, call] =
        line.fields(["type", "id", "cwd", "message", "toolCallId"]);
    match &*kind.text() {
        "session" => id.is_text() && cwd.is_text(),
        "agent_start" | "turn_start" | "agent_end" => true,
        "message_start" | "message_update" | "message_end" | "turn_end" => message.is_object(),
        kind => kind.starts_with("tool_execution_") && call.is_text(),
    }
}

fn take(transcript: &mut Transcript, line: &[u8]) -> Option<()> {
    let ([kind, id, error, tool @ ..], message) = nested_fields(
        line,
        ["type", "id", "errorMessage", "toolCallId", "toolName", "args", "result", "isError"],
        "message",
        ["role", "content", "usage", "stopReason", "errorMessage"],
    )?;
    match &*kind.text() {
        "" => return None,
        "session" => transcript.begin_thread(id),
        "agent_start" => transcript.end = None,
        "message_update" | "turn_start" | "turn_end" => transcript.get_on(),
        "message_end" => take_message(transcript, message),
        "tool_execution_start" => take_start(transcript, tool),
        "tool_execution_end" => take_end(transcript, tool),
        "auto_retry_start" => transcript.take_error(&error.text()),
        "agent_end" if transcript.end.is_none() => transcript.end = Some(End::Completed),
        _ => {}
    }
    Some(())
}

fn take_message(transcript: &mut Transcript, message: [Json<'_>; 5]) {
    let [role, content, usage, stop, error] = message;
    if role.text() != "assistant" {
        return;
    }
    transcript.get_on();
    transcript.add_usage(usage);
    for [kind, text] in content.objects(["type", "text"]) {
        if kind.text() == "text" {
            transcript.say(text);
        }
    }
    match &*stop.text() {
        "error" | "aborted" => transcript.fail(&error.text()),
        _ => transcript.end = None,
    }
}

fn take_start(transcript: &mut Transcript, tool: [Json<'_>; 5]) {
    transcript.get_on();
    let [id, name, arguments, ..] = tool;
    let alias = name.text();
    let Some(parts) = parted(&alias, "_", &transcript.servers) else {
        return transcript.take_command(false);
    };
    let event = CallEvent { arguments, begins: true, ..CallEvent::of(id, &alias, parts) };
    transcript.take_call(event);
}

fn take_end(transcript: &mut Transcript, tool: [Json<'_>; 5]) {
    transcript.get_on();
    let [id, _, _, result, is_error] = tool;
    let [content, details] = result.fields(["content", "details"]);
    let [server, tool] = details.fields(["server", "tool"]);
    let error = is_error.is_true().then(|| {
        let mut texts = content.objects(["text"]).map(|[text]| text.text());
        texts.next().unwrap_or_default()
    });
    let unknown = error.as_deref().is_some_and(|error| error.contains("not found"));
    transcript.take_call(CallEvent {
        id: id.text(),
        server: server.text(),
        // Of one that it did not start it says no name.
        tool: tool.text(),
        has_own_name: tool.is_text(),
        status: Some(if error.is_some() { Status::Failed } else { Status::Completed }),
        content,
        failure: unknown.then_some(Failure::Unknown),
        error,
        ..CallEvent::default()
    });
}

#[cfg(test)]
mod tests {
    use smoke_core::cause::Code;

    use crate::forms_tests::fault;
    use crate::read;

    #[test]
    fn a_tool_that_there_is_not_is_told_from_one_that_failed() {
        let start = r#"{"type":"tool_execution_start","toolCallId":"c","toolName":"stack_add","args":{"a":2}}"#;
        let end = |text: &str| {
            format!(
                r#"{{"type":"tool_execution_end","toolCallId":"c","toolName":"stack_add","result":{{"content":[{{"type":"text","text":"{text}"}}]}},"isError":true}}"#
            )
        };
        let code = |text: &str| fault(&[start, &end(text)]).unwrap().0;
        assert_eq!(code("Tool stack_add not found"), Code::AgentToolNotOffered);
        assert_eq!(code("no"), Code::AgentCallFailed);
    }

    #[test]
    fn a_model_that_failed_is_told() {
        let message = r#"{"type":"message_end","message":{"role":"assistant","content":[],"stopReason":"error","errorMessage":"Connection error."}}"#;
        let lines = [message, r#"{"type":"agent_end","messages":[]}"#];
        assert!(fault(&lines).unwrap().1.contains("its model failed: Connection error."));
        let own = r#"{"type":"tool_execution_start","toolCallId":"c","toolName":"bash"}"#;
        assert_eq!(read(own.as_bytes()).commands, 1);
    }
}
