//! What `opencode run --format json` prints.

use smoke_json::{Json, nested_fields};

use crate::stream::Form;
use crate::transcript::{Author, CallEvent, End, Failure, Status, Transcript, parted};

/// The lines.
pub const FORM: Form = Form {
    author: Author { name: "opencode", title: "opencode", command: "opencode run --format json" },
    knows,
    take,
};

/// The tool that stands for one that there is not.
const INVALID: &str = "invalid";

fn knows(line: Json<'_>) -> bool {
    let [kind, session, part] = line.fields(["type", "sessionID", "part"]);
    session.is_text() && (part.is_object() || kind.text() == "error")
}

fn take(transcript: &mut Transcript, line: &[u8]) -> Option<()> {
    let ([kind, session, error], [tool, id, state, text, reason, tokens]) = nested_fields(
        line,
        ["type", "sessionID", "error"],
        "part",
        ["tool", "callID", "state", "text", "reason", "tokens"],
    )?;
    transcript.begin_only_thread(session);
    match &*kind.text() {
        "" => return None,
        "step_start" => transcript.end = None,
        "tool_use" => take_tool(transcript, tool, id, state),
        "text" => transcript.say(text),
        "step_finish" => {
            transcript.add_usage(tokens);
            // Nothing is printed at the end but that the last step is one.
            if reason.text() == "stop" {
                transcript.end = Some(End::Completed);
            }
        }
        "error" => {
            let [name, data] = error.fields(["name", "data"]);
            let message = data.field("message").text();
            transcript.fail(if message.is_empty() { name.text() } else { message }.as_ref());
            return Some(());
        }
        _ => {}
    }
    transcript.get_on();
    Some(())
}

/// A tool that was used, told when all is over.
fn take_tool(transcript: &mut Transcript, tool: Json<'_>, id: Json<'_>, state: Json<'_>) {
    let [status, input, output, error, time] =
        state.fields(["status", "input", "output", "error", "time"]);
    // A tool that there is not is said to have been used well.
    let is_unknown = tool.text() == INVALID;
    let alias = if is_unknown { input.field("tool").text() } else { tool.text() };
    let Some(parts) = parted(&alias, "_", &transcript.servers) else {
        return transcript.take_command(true);
    };
    let [began_ms, ended_ms] = time.fields(["start", "end"]).map(Json::count);
    let told = error.text();
    let status = match &*status.text() {
        _ if is_unknown => Status::Failed,
        "completed" => Status::Completed,
        "error" => Status::Failed,
        "running" | "pending" => Status::InProgress,
        other => Status::from(other),
    };
    let is_refused =
        told.contains("rejected permission") || told.contains("prevents you from using");
    let failure = match status {
        _ if is_unknown => Some(Failure::Unknown),
        Status::Failed if is_refused => Some(Failure::Refused),
        _ => None,
    };
    let error = if is_unknown { input.field("error").text() } else { told };
    let event = CallEvent {
        arguments: if is_unknown { Json::NULL } else { input },
        content: if is_unknown { Json::NULL } else { output },
        error: (status == Status::Failed).then_some(error),
        status: Some(status),
        failure,
        began_ms,
        ended_ms,
        ..CallEvent::of(id, &alias, parts)
    };
    transcript.take_call(event);
}

#[cfg(test)]
mod tests {
    use smoke_core::cause::Code;

    use crate::forms_tests::fault;
    use crate::read;

    fn used(tool: &str, state: &str) -> String {
        format!(
            r#"{{"type":"tool_use","sessionID":"s","part":{{"tool":"{tool}","callID":"c","state":{{{state}}}}}}}"#
        )
    }

    #[test]
    fn a_tool_that_there_is_not_was_not_used_well() {
        let state = r#""status":"completed","input":{"tool":"stack_add","error":"unavailable"},"output":"odd""#;
        let line = used("invalid", state);
        assert_eq!(fault(&[&line]).unwrap().0, Code::AgentToolNotOffered);
        assert_eq!(read(line.as_bytes()).calls[0].error.as_deref(), Some("unavailable"));
    }

    #[test]
    fn a_refusal_a_failure_and_a_tool_of_its_own_are_told_apart() {
        let failed = |error: &str| {
            used("stack_add", &format!(r#""status":"error","input":{{"a":2}},"error":"{error}""#))
        };
        let refused = failed("The user rejected permission to use this specific tool call.");
        assert_eq!(fault(&[&refused]).unwrap().0, Code::AgentApprovalRefused);
        assert_eq!(fault(&[&failed("no")]).unwrap().0, Code::AgentCallFailed);
        let own = read(used("bash", r#""status":"completed""#).as_bytes());
        assert_eq!((own.calls.len(), own.commands), (0, 1));
    }

    #[test]
    fn a_model_that_failed_is_told() {
        let error = r#"{"type":"error","sessionID":"s","error":{"name":"APIError","data":{"message":"refused"}}}"#;
        assert!(fault(&[error]).unwrap().1.contains("its model failed: refused"));
    }
}
