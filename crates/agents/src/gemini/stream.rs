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
    let [kind, session, role, content, delta, message, status, error, stats, tool @ ..] = fields(
        line,
        [
            "type",
            "session_id",
            "role",
            "content",
            "delta",
            "message",
            "status",
            "error",
            "stats",
            "timestamp",
            "tool_id",
            "tool_name",
            "parameters",
            "output",
        ],
    )?;
    match (&*kind.text(), &*role.text(), &*status.text()) {
        ("", ..) => return None,
        ("init", ..) => transcript.begin_thread(session),
        ("message", "assistant", _) if delta.is_true() => transcript.say_more(content),
        ("message", "assistant", _) => transcript.say(content),
        ("tool_use", ..) => take_use(transcript, tool),
        ("tool_result", _, status) => take_result(transcript, status, error, tool),
        ("error", ..) => transcript.take_error(&message.text()),
        ("result", _, status) => {
            let kinds = ["input_tokens", "output_tokens", "cached", "total_tokens"];
            transcript.add_usage_of(stats, &kinds);
            match status {
                "success" => transcript.end = Some(End::Completed),
                _ => transcript.fail(&error.field("message").text()),
            }
        }
        _ => {}
    }
    Some(())
}

fn take_use(transcript: &mut Transcript, tool: [Json<'_>; 5]) {
    transcript.get_on();
    let [timestamp, id, name, arguments, _] = tool;
    let alias = name.text();
    // Old versions give a tool the name that its server gives it, where no other server has one of it.
    let parts = alias
        .strip_prefix(PREFIX)
        .and_then(|whole| parted(whole, "_", &transcript.servers))
        .unwrap_or(("", &alias));
    let (begins, began_ms) = (true, moment(timestamp));
    let event = CallEvent { arguments, begins, began_ms, ..CallEvent::of(id, &alias, parts) };
    transcript.take_call(event);
}

fn take_result(transcript: &mut Transcript, status: &str, error: Json<'_>, tool: [Json<'_>; 5]) {
    transcript.get_on();
    let [timestamp, id, _, _, output] = tool;
    let (id, ended_ms) = (id.text(), moment(timestamp));
    if status == "success" {
        let status = Some(Status::Completed);
        let event = CallEvent { id, ended_ms, status, content: output, ..CallEvent::default() };
        return transcript.take_call(event);
    }
    let [kind, message] = error.fields(["type", "message"]).map(Json::text);
    let failure = match &*kind {
        "tool_not_registered" => Some(Failure::Unknown),
        "execution_denied" | "policy_violation" => Some(Failure::Refused),
        _ => None,
    };
    // What it prints as the output of a call that failed are its own words about it.
    let (status, error) = (Some(Status::Failed), reported(&message).map_or(message, Cow::from));
    let error = Some(error);
    transcript.take_call(CallEvent {
        id,
        ended_ms,
        status,
        error,
        failure,
        ..CallEvent::default()
    });
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
