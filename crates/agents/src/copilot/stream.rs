//! What `copilot -p --output-format json` prints.

use smoke_json::{Json, nested_fields};

use crate::stream::{Form, moment};
use crate::transcript::{Author, CallEvent, End, Failure, Status, Transcript};

/// The lines.
pub const FORM: Form = Form {
    author: Author {
        name: "copilot",
        title: "Copilot CLI",
        command: "copilot -p --output-format json",
    },
    knows,
    take,
};

fn knows(line: Json<'_>) -> bool {
    let [kind, data, id, session, exit] =
        line.fields(["type", "data", "id", "sessionId", "exitCode"]);
    let is_event = kind.text().contains('.') && data.is_object() && id.is_text();
    is_event || (kind.text() == "result" && session.is_text() && !exit.is_null())
}

fn take(transcript: &mut Transcript, line: &[u8]) -> Option<()> {
    let (
        [kind, timestamp, session, exit],
        [server, status, servers, message, content, error, tool @ ..],
    ) = nested_fields(
        line,
        ["type", "timestamp", "sessionId", "exitCode"],
        "data",
        [
            "serverName",
            "status",
            "servers",
            "message",
            "content",
            "error",
            "toolCallId",
            "toolName",
            "arguments",
            "mcpServerName",
            "mcpToolName",
            "success",
            "result",
        ],
    )?;
    match &*kind.text() {
        "" => return None,
        "session.mcp_server_status_changed" => transcript.take_server(server, status, error),
        "session.mcp_servers_loaded" => {
            servers
                .objects(["name", "status", "error"])
                .for_each(|server| take_server_again(transcript, server));
        }
        "session.error" => transcript.take_error(&message.text()),
        "assistant.message" if content.raw() != b"\"\"" => transcript.say(content),
        "tool.execution_start" => take_start(transcript, timestamp, tool),
        "tool.execution_complete" => take_result(transcript, timestamp, error, tool),
        "result" => take_end(transcript, session, exit),
        kind if kind.starts_with("assistant.") => transcript.get_on(),
        _ => {}
    }
    Some(())
}

/// How a server is, told once more, and seldom with the reason that was told before.
fn take_server_again(transcript: &mut Transcript, server: [Json<'_>; 3]) {
    let [name, status, error] = server;
    let known = transcript.servers.iter().find(|known| known.name == *name.text());
    if known.is_none_or(|known| known.word != *status.text()) {
        transcript.take_server(name, status, error);
    }
}

fn take_start(transcript: &mut Transcript, timestamp: Json<'_>, tool: [Json<'_>; 7]) {
    transcript.get_on();
    let [id, name, arguments, server, tool, ..] = tool;
    // A name with its server in it, which the agent does not know, may be one that it does not have.
    let is_unknown = tool.is_null() && name.text().contains('-');
    if tool.is_null() && !is_unknown {
        return transcript.take_command(false);
    }
    transcript.take_call(CallEvent {
        id: id.text(),
        server: server.text(),
        tool: if is_unknown { name.text() } else { tool.text() },
        alias: name.text(),
        has_own_name: !is_unknown,
        arguments,
        begins: true,
        began_ms: moment(timestamp),
        ..CallEvent::default()
    });
}

fn take_result(
    transcript: &mut Transcript,
    timestamp: Json<'_>,
    error: Json<'_>,
    tool: [Json<'_>; 7],
) {
    transcript.get_on();
    let [id, .., success, result] = tool;
    let [message, code] = error.fields(["message", "code"]).map(Json::text);
    let [text, blocks, structured_content] =
        result.fields(["content", "contents", "structuredContent"]);
    let failed = !success.is_true();
    let failure = match &*code {
        "denied" => Some(Failure::Refused),
        _ if message.contains("does not exist") => Some(Failure::Unknown),
        _ => None,
    };
    transcript.take_call(CallEvent {
        id: id.text(),
        status: Some(if failed { Status::Failed } else { Status::Completed }),
        content: if blocks.is_array() { blocks } else { text },
        structured_content,
        error: failed.then_some(message),
        failure,
        ended_ms: moment(timestamp),
        ..CallEvent::default()
    });
}

fn take_end(transcript: &mut Transcript, session: Json<'_>, exit: Json<'_>) {
    transcript.thread_id = Some(session.text().into_owned());
    match exit.count() {
        Some(0) => transcript.end = Some(End::Completed),
        _ => {
            let exit = format!("exit code {}", exit.text());
            let message = transcript.last_error.clone().unwrap_or(exit);
            transcript.fail(&message);
        }
    }
}

#[cfg(test)]
mod tests {
    use smoke_core::cause::Code;

    use crate::forms_tests::fault;
    use crate::read;

    fn event(kind: &str, data: &str) -> String {
        format!(r#"{{"type":"{kind}","id":"e","data":{{{data}}}}}"#)
    }

    const CALL: &str = r#""toolCallId":"c","toolName":"stack-add","arguments":{"a":2}"#;

    #[test]
    fn failures_are_told_apart() {
        let start = event("tool.execution_start", CALL);
        let table = [
            ("denied", "Permission denied", Code::AgentApprovalRefused),
            ("failure", "Tool 'stack-add' does not exist.", Code::AgentToolNotOffered),
            ("failure", "MCP server 'stack': no", Code::AgentCallFailed),
        ];
        for (code, message, expected) in table {
            let data = format!(
                r#""toolCallId":"c","success":false,"error":{{"code":"{code}","message":"{message}"}}"#
            );
            let end = event("tool.execution_complete", &data);
            assert_eq!(fault(&[&start, &end]).unwrap().0, expected, "{message}");
        }
    }

    #[test]
    fn a_server_that_is_down_is_told_with_its_reason() {
        let down = event(
            "session.mcp_server_status_changed",
            r#""serverName":"stack","status":"failed","error":"no route""#,
        );
        let again = event(
            "session.mcp_servers_loaded",
            r#""servers":[{"name":"stack","status":"failed"}]"#,
        );
        let (code, summary) = fault(&[&down, &again]).unwrap();
        assert_eq!(code, Code::AgentToolNotOffered);
        assert!(summary.contains("server stack, which is failed: no route"), "{summary}");
    }

    #[test]
    fn tools_of_its_own_are_no_calls_and_a_model_that_failed_is_told() {
        let own = event("tool.execution_start", r#""toolCallId":"c","toolName":"bash""#);
        let error = event("session.error", r#""message":"no model""#);
        let end = r#"{"type":"result","sessionId":"s","exitCode":1}"#;
        let transcript = read([&own, &error, end].join("\n").as_bytes());
        assert_eq!((transcript.calls.len(), transcript.commands), (0, 1));
        assert!(fault(&[&own, &error, end]).unwrap().1.contains("its model failed: no model"));
    }
}
