//! What `claude -p --output-format stream-json --verbose` prints, and what Claude Code keeps of its sessions.

use smoke_json::Json;

use super::messages;
use crate::stream::Form;
use crate::transcript::Author;

/// The lines.
pub const FORM: Form = Form {
    author: Author {
        name: "claude-code",
        title: "Claude Code",
        command: "claude -p --output-format stream-json --verbose",
    },
    knows,
    take: messages::take,
};

fn knows(line: Json<'_>) -> bool {
    messages::are_in(line)
}

#[cfg(test)]
mod tests {
    use smoke_core::cause::Code;

    use crate::forms_tests::fault;
    use crate::read;
    use crate::transcript::{End, judge_form};

    const INIT: &str = r#"{"type":"system","subtype":"init","session_id":"s","tools":["Read","mcp__stack__add"],"mcp_servers":[{"name":"stack","status":"connected"}]}"#;
    const USE: &str = r#"{"type":"assistant","session_id":"s","message":{"content":[{"type":"tool_use","id":"t1","name":"mcp__stack__add","input":{"a":2}}]}}"#;
    const END: &str = r#"{"type":"result","subtype":"success","session_id":"s","is_error":false,"result":"done"}"#;

    fn result(content: &str, beside: &str) -> String {
        format!(
            r#"{{"type":"user","session_id":"s","message":{{"content":[{{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":"{content}"}}]}}{beside}}}"#
        )
    }

    #[test]
    fn a_server_that_failed_is_the_cause() {
        let init = INIT.replace("connected", "failed").replace(",\"mcp__stack__add\"", "");
        let unknown =
            result("<tool_use_error>Error: No such tool available: x</tool_use_error>", "");
        let (code, summary) = fault(&[&init, USE, &unknown, END]).unwrap();
        assert_eq!(code, Code::AgentToolNotOffered);
        assert!(summary.contains("cannot use server stack, which is failed"), "{summary}");
        let (_, summary) = fault(&[&init, END]).unwrap();
        assert!(summary.contains("cannot use server stack"), "{summary}");
        let transcript = read(unknown.as_bytes());
        assert!(transcript.calls.is_empty(), "an end without a beginning is no call");
    }

    #[test]
    fn a_tool_that_a_connected_server_does_not_bring_was_not_offered() {
        let init = INIT.replace(",\"mcp__stack__add\"", "");
        let (code, summary) = fault(&[&init, END]).unwrap();
        assert_eq!(code, Code::AgentToolNotOffered);
        assert!(summary.contains("was not offered the tool add"), "{summary}");
        let pending = init.replace("connected", "pending");
        assert_eq!(fault(&[&pending, END]).unwrap().0, Code::AgentNoCalls);
    }

    #[test]
    fn a_call_that_was_not_allowed_is_known_by_each_word_about_it() {
        let meta =
            r#","tool_result_meta":[{"id":"t1","permission_decision":{"decision":"reject"}}]"#;
        let denied = r#"{"type":"system","subtype":"permission_denied","session_id":"s","tool_use_id":"t1"}"#;
        let end =
            END.replace("\"result\":\"done\"", r#""permission_denials":[{"tool_use_id":"t1"}]"#);
        let plain = result("no", "");
        let table = [
            [
                &result(
                    "Claude requested permissions to use x, but you haven't granted it yet.",
                    "",
                ),
                END,
            ],
            [&result("no", meta), END],
            [&plain, denied],
            [&plain, &end],
        ];
        for [first, second] in table {
            let code = fault(&[INIT, USE, first, second]).unwrap().0;
            assert_eq!(code, Code::AgentApprovalRefused, "{first}\n{second}");
        }
        assert_eq!(fault(&[INIT, USE, &plain, END]).unwrap().0, Code::AgentCallFailed);
    }

    #[test]
    fn an_end_is_judged_by_whether_it_is_an_error() {
        let end = END.replace("false", "true").replace("done", "API Error: 401 invalid x-api-key");
        let retry = r#"{"type":"system","subtype":"api_retry","session_id":"s","attempt":2,"max_retries":10,"error_status":401}"#;
        let transcript = read([INIT, retry, &end].join("\n").as_bytes());
        assert!(
            matches!(&transcript.end, Some(End::Failed { message }) if message.contains("401"))
        );
        assert_eq!(transcript.last_error.as_deref(), Some("retry 2 of 10: status 401"));
        assert_eq!(fault(&[INIT, retry, &end]).unwrap().0, Code::AgentAuth);
    }

    #[test]
    fn an_end_alone_says_nothing_of_the_calls() {
        let alone = judge_form(&read(END.as_bytes())).unwrap();
        assert!(alone.summary.contains("--output-format stream-json"), "{}", alone.summary);
        assert_eq!(fault(&[END]).unwrap().0, Code::TranscriptInvalid);
    }

    #[test]
    fn a_session_that_is_kept_is_read_as_well() {
        let kept = |line: &str| line.replace("\"session_id\"", "\"sessionId\"");
        let well = r#"{"type":"user","sessionId":"s","message":{"content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"5"}]}]},"toolUseResult":{"structuredContent":{"sum":5}}}"#;
        assert_eq!(fault(&[&kept(USE), well]), None);
        let transcript = read([&kept(USE), well].join("\n").as_bytes());
        assert_eq!(transcript.calls[0].structured_content()["sum"], 5);
    }
}
