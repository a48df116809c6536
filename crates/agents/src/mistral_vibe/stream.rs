//! What `vibe -p --output streaming` prints.

use smoke_json::{Json, nested_fields};

use crate::stream::Form;
use crate::transcript::{Author, CallEvent, End, Failure, Status, Transcript, parted};

/// The lines.
pub const FORM: Form = Form {
    author: Author {
        name: "mistral-vibe",
        title: "Mistral Vibe",
        command: "vibe -p --output streaming",
    },
    knows,
    take,
};

fn knows(line: Json<'_>) -> bool {
    let [kind, turn, created] = line.fields(["type", "turnId", "createdAt"]);
    kind.is_text() && !turn.is_null() && !created.is_null()
}

fn take(transcript: &mut Transcript, line: &[u8]) -> Option<()> {
    let ([kind, session, message @ .., id, detail, begin, end], state) = nested_fields(
        line,
        [
            "type",
            "sessionId",
            "role",
            "content",
            "generationStatus",
            "outcome",
            "id",
            "detail",
            "createdAt",
            "updatedAt",
        ],
        "state",
        ["status", "outputText", "output", "error"],
    )?;
    transcript.begin_only_thread(session);
    match &*kind.text() {
        "" => return None,
        "message" => take_message(transcript, message),
        "effect" => take_effect(transcript, [id, detail, begin, end], state),
        _ => transcript.get_on(),
    }
    Some(())
}

fn take_message(transcript: &mut Transcript, message: [Json<'_>; 4]) {
    let [role, content, status, outcome] = message;
    if role.text() != "assistant" {
        return;
    }
    content.objects(["text"]).for_each(|[text]| transcript.say(text));
    // Nothing is printed at the end but that the last message is one.
    match (&*status.text(), &*outcome.field("type").text()) {
        ("completed", "committed" | "") => transcript.end = Some(End::Completed),
        (status, outcome) => transcript.fail(&format!("{status} {outcome}")),
    }
}

/// A tool that was used, told when all is over.
fn take_effect(transcript: &mut Transcript, effect: [Json<'_>; 4], state: [Json<'_>; 4]) {
    transcript.get_on();
    transcript.end = None;
    let ([id, detail, begin, end], [status, text, output, error]) = (effect, state);
    let [name, arguments] = detail.fields(["toolName", "input"]);
    let alias = name.text();
    let Some(parts) =
        alias.strip_prefix("mcp_").and_then(|whole| parted(whole, ".", &transcript.servers))
    else {
        return transcript.take_command(true);
    };
    let [content, structured_content] = output.fields(["content", "structured_content"]);
    let [code, message] = error.fields(["code", "message"]);
    let status = Status::from(&*status.text());
    let event = CallEvent {
        arguments,
        content: if content.is_array() { content } else { text },
        structured_content,
        error: (status == Status::Failed).then(|| message.text()),
        failure: (code.text() == "tool_denied").then_some(Failure::Refused),
        status: Some(status),
        began_ms: begin.count(),
        ended_ms: end.count(),
        ..CallEvent::of(id, &alias, parts)
    };
    transcript.take_call(event);
}

#[cfg(test)]
mod tests {
    use smoke_core::cause::Code;

    use crate::forms_tests::fault;
    use crate::read;

    fn effect(tool: &str, state: &str) -> String {
        format!(
            r#"{{"type":"effect","id":"e","turnId":"t","createdAt":1,"detail":{{"toolName":"{tool}","input":{{"a":2}}}},"state":{{{state}}}}}"#
        )
    }

    #[test]
    fn a_refusal_is_told_from_a_failure() {
        let failed = |code: &str| {
            let state = format!(r#""status":"failed","error":{{"code":"{code}","message":"no"}}"#);
            fault(&[&effect("mcp_stack.add", &state)]).unwrap().0
        };
        assert_eq!(failed("tool_denied"), Code::AgentApprovalRefused);
        assert_eq!(failed("mcp_tool_error"), Code::AgentCallFailed);
    }

    #[test]
    fn tools_of_its_own_are_no_calls() {
        let transcript = read(effect("run_typescript", r#""status":"completed""#).as_bytes());
        assert_eq!((transcript.calls.len(), transcript.commands), (0, 1));
    }
}
