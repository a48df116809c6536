//! What `qwen -p -o stream-json` prints: the lines of Claude Code.

use smoke_json::Json;

use crate::claude_code::messages;
use crate::stream::Form;
use crate::transcript::Author;

/// The lines.
pub const FORM: Form = Form {
    author: Author { name: "qwen-code", title: "Qwen Code", command: "qwen -p -o stream-json" },
    knows,
    take: messages::take,
};

/// Only its first line is not one that Claude Code could have printed.
fn knows(line: Json<'_>) -> bool {
    !line.field("qwen_code_version").is_null() && messages::are_in(line)
}

#[cfg(test)]
mod tests {
    use smoke_core::cause::Code;

    use crate::forms_tests::fault;

    #[test]
    fn a_server_and_a_tool_that_are_gone_are_told_in_its_own_words() {
        let init = r#"{"type":"system","subtype":"init","session_id":"s","qwen_code_version":"1","tools":["mcp__stack__add"],"mcp_servers":[{"name":"stack","status":"connected"}]}"#;
        let call = r#"{"type":"assistant","session_id":"s","message":{"content":[{"type":"tool_use","id":"c","name":"mcp__stack__add","input":{"a":2}}]}}"#;
        let result = |text: &str| {
            format!(
                r#"{{"type":"user","session_id":"s","message":{{"content":[{{"type":"tool_result","tool_use_id":"c","is_error":true,"content":"{text}"}}]}}}}"#
            )
        };
        let table = [
            ("Tool x not found on MCP server s.", Code::AgentToolNotOffered),
            ("permission was declined (non-interactive mode)", Code::AgentApprovalRefused),
            ("no", Code::AgentCallFailed),
        ];
        for (text, code) in table {
            assert_eq!(fault(&[init, call, &result(text)]).unwrap().0, code, "{text}");
        }
        let end = r#"{"type":"result","subtype":"error_during_execution","session_id":"s","is_error":true,"error":{"message":"400 no"}}"#;
        assert!(fault(&[init, end]).unwrap().1.contains("its model failed: 400 no"));
        let down = init.replace("connected", "disconnected");
        assert_eq!(fault(&[&down]).unwrap().0, Code::AgentToolNotOffered);
    }
}
