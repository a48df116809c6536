//! What `gemini -p -o stream-json` prints.

use std::borrow::Cow;

use smoke_json::{Json, fields};

use crate::stream::{Form, moment, reported};
use crate::transcript::{Author, CallEvent, End, Failure, Status, Transcript, parted};

/// The lines.
pub const FORM: Form = Form {
    author: Author { name: "gemini", title: "Gemini CLI", command: "gemini -p -o stream-json" },
    knows,
    take,
};

/// What the names of tools begin with that belong to a server.
const PREFIX: &str = "mcp_";

fn knows(line: Json<'_>) -> bool {
    let [kind, timestamp, session, tool, status] =
        line.fields(["type", "timestamp", "session_id", "tool_id", "status"]);
    timestamp.is_text()
        && match &*kind.text() {
            "init" => session.is_text(),
            "message" => line.field("role").is_text(),
            "tool_use" | "tool_result" => tool.is_text(),
            "result" => status.is_text(),
            _ => false,
        }
}

fn take(transcript: &mut Transcript, line: &[u8]) -> Option<()> {
    let [kind, timestamp, id, status, error, content] =
        fields(line, ["type", "timestamp", "tool_id", "status", "error", "content"])?;
    let whole = Json::of(line);
    let (began_ms, ended_ms) = (moment(timestamp), moment(timestamp));
    let call = CallEvent { id: id.text(), ..CallEvent::default() };
    match &*kind.text() {
        "" => return None,
        "init" => transcript.begin_thread(whole.field("session_id")),
        "message" => {
            let [role, delta] = whole.fields(["role", "delta"]);
            match (&*role.text(), delta.is_true()) {
                ("assistant", true) => transcript.say_more(content),
                ("assistant", false) => transcript.say(content),
                _ => {}
            }
        }
        "tool_use" => take_use(transcript, whole, id, began_ms),
        "tool_result" => {
            let call = CallEvent { content: whole.field("output"), ended_ms, ..call };
            take_result(transcript, status, error, call);
        }
        "error" => transcript.take_error(&whole.field("message").text()),
        "result" => {
            let stats = whole.field("stats");
            for kind in ["input_tokens", "output_tokens", "cached", "total_tokens"] {
                transcript.add_tokens(kind, stats.field(kind));
            }
            match &*status.text() {
                "success" => transcript.end = Some(End::Completed),
                _ => transcript.fail(&error.field("message").text()),
            }
        }
        _ => {}
    }
    Some(())
}

fn take_use(transcript: &mut Transcript, line: Json<'_>, id: Json<'_>, began_ms: Option<u64>) {
    transcript.get_on();
    let [name, arguments] = line.fields(["tool_name", "parameters"]);
    let alias = name.text();
    // Old versions give a tool the name that its server gives it, where no other server has one of it.
    let parts = alias
        .strip_prefix(PREFIX)
        .and_then(|whole| parted(whole, "_", &transcript.servers))
        .unwrap_or(("", &alias));
    let begins = true;
    let event = CallEvent { arguments, begins, began_ms, ..CallEvent::of(id, &alias, parts) };
    transcript.take_call(event);
}

fn take_result<'a>(
    transcript: &mut Transcript,
    status: Json<'a>,
    error: Json<'a>,
    call: CallEvent<'a>,
) {
    transcript.get_on();
    if status.text() == "success" {
        return transcript.take_call(CallEvent { status: Some(Status::Completed), ..call });
    }
    let [kind, message] = error.fields(["type", "message"]);
    let failure = match &*kind.text() {
        "tool_not_registered" => Some(Failure::Unknown),
        "execution_denied" | "policy_violation" => Some(Failure::Refused),
        _ => None,
    };
    let status = Some(Status::Failed);
    // What it prints as the output of a call that failed are its own words about it.
    let message = message.text();
    let (content, error) = (Json::NULL, reported(&message).map_or(message, Cow::from).into());
    transcript.take_call(CallEvent { status, content, error, failure, ..call });
}

#[cfg(test)]
mod tests {
    use smoke_core::cause::Code;

    use crate::forms_tests::fault;
    use crate::read;
    use crate::transcript::End;

    const USE: &str = r#"{"type":"tool_use","timestamp":"2026-10-02T08:15:00Z","tool_name":"add","tool_id":"t1","parameters":{"a":2}}"#;

    fn result(error: &str) -> String {
        format!(
            r#"{{"type":"tool_result","timestamp":"2026-10-02T08:15:01Z","tool_id":"t1","status":"error","output":"Error: x","error":{{"type":"{error}","message":"no"}}}}"#
        )
    }

    #[test]
    fn old_versions_give_a_tool_its_own_name() {
        let well = r#"{"type":"tool_result","timestamp":"2026-10-02T08:15:01Z","tool_id":"t1","status":"success","output":"5"}"#;
        assert_eq!(fault(&[USE, well]), None);
        let transcript = read([USE, well].join("\n").as_bytes());
        assert_eq!((&*transcript.calls[0].server, &*transcript.calls[0].tool), ("", "add"));
        assert_eq!(transcript.calls[0].duration_ms, Some(1000));
    }

    #[test]
    fn failures_are_told_apart_by_their_types() {
        let table = [
            ("mcp_tool_error", Code::AgentCallFailed),
            ("invalid_tool_params", Code::AgentCallFailed),
            ("tool_not_registered", Code::AgentToolNotOffered),
            ("policy_violation", Code::AgentApprovalRefused),
        ];
        for (kind, code) in table {
            assert_eq!(fault(&[USE, &result(kind)]).unwrap().0, code, "{kind}");
        }
    }

    #[test]
    fn a_model_that_failed_is_told_at_the_end() {
        let end = r#"{"type":"result","timestamp":"2026-10-02T08:15:02Z","status":"error","error":{"message":"fetch failed"}}"#;
        let transcript = read(end.as_bytes());
        assert_eq!(transcript.end, Some(End::Failed { message: "fetch failed".into() }));
        assert!(fault(&[end]).unwrap().1.contains("its model failed: fetch failed"));
    }
}
