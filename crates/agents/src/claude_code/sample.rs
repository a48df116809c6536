//! A stream of Claude Code.

/// A call that goes well, one that the tool fails, and the end.
pub const SAMPLE: &[&str] = &[
    r##"{"type":"system","subtype":"init","cwd":"/repo","session_id":"5a1c0000-0000-4000-8000-000000000001","tools":["Read","mcp__stack__get-time","mcp__stack__boom"],"mcp_servers":[{"name":"stack","status":"connected"}],"model":"m","claude_code_version":"2.1.0","permissionMode":"default"}"##,
    r##"{"type":"assistant","session_id":"5a1c0000-0000-4000-8000-000000000001","message":{"role":"assistant","content":[{"type":"text","text":"let me see"}]},"timestamp":"2026-10-02T08:15:01.000Z"}"##,
    r##"{"type":"assistant","session_id":"5a1c0000-0000-4000-8000-000000000001","message":{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"mcp__stack__get-time","input":{"zone":"utc"}}],"usage":{"input_tokens":3}},"tool_use_meta":[{"id":"t1","server_display_name":"tiny","tool_name":"get-time"}],"timestamp":"2026-10-02T08:15:02.000Z"}"##,
    r##"{"type":"user","session_id":"5a1c0000-0000-4000-8000-000000000001","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"noon"}]}]},"tool_use_result":{"structuredContent":{"hour":12}},"timestamp":"2026-10-02T08:15:02.250Z"}"##,
    r##"{"type":"assistant","session_id":"5a1c0000-0000-4000-8000-000000000001","message":{"role":"assistant","content":[{"type":"tool_use","id":"t2","name":"mcp__stack__boom","input":{}}],"usage":{"input_tokens":3}},"tool_use_meta":[{"id":"t2","server_display_name":"tiny","tool_name":"boom"}],"timestamp":"2026-10-02T08:15:03.000Z"}"##,
    r##"{"type":"user","session_id":"5a1c0000-0000-4000-8000-000000000001","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t2","is_error":true,"content":"it broke"}]},"timestamp":"2026-10-02T08:15:04.000Z"}"##,
    r##"{"type":"assistant","session_id":"5a1c0000-0000-4000-8000-000000000001","message":{"role":"assistant","content":[{"type":"text","text":"all done"}]},"timestamp":"2026-10-02T08:15:05.000Z"}"##,
    r##"{"usage":{"input_tokens":30,"output_tokens":12,"service_tier":"x"},"is_error":false,"num_turns":3,"subtype":"success","permission_denials":[],"result":"all done","type":"result","session_id":"5a1c0000-0000-4000-8000-000000000001"}"##,
];
