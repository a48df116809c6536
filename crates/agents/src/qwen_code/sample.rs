//! A stream of Qwen Code.

/// A call that goes well, one that the tool fails, and the end.
pub const SAMPLE: &[&str] = &[
    r##"{"type":"system","subtype":"init","cwd":"/repo","session_id":"5a1c0000-0000-4000-8000-000000000001","tools":["Read","mcp__stack__get-time","mcp__stack__boom"],"mcp_servers":[{"name":"stack","status":"connected"}],"model":"m","qwen_code_version":"0.24.0","permission_mode":"yolo"}"##,
    r##"{"type":"assistant","session_id":"5a1c0000-0000-4000-8000-000000000001","message":{"role":"assistant","content":[{"type":"text","text":"let me see"}]}}"##,
    r##"{"type":"assistant","session_id":"5a1c0000-0000-4000-8000-000000000001","message":{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"mcp__stack__get-time","input":{"zone":"utc"}}],"usage":{"input_tokens":3}}}"##,
    r##"{"type":"user","session_id":"5a1c0000-0000-4000-8000-000000000001","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","is_error":false,"content":"noon"}]},"tool_use_result":null}"##,
    r##"{"type":"assistant","session_id":"5a1c0000-0000-4000-8000-000000000001","message":{"role":"assistant","content":[{"type":"tool_use","id":"t2","name":"mcp__stack__boom","input":{}}],"usage":{"input_tokens":3}}}"##,
    r##"{"type":"user","session_id":"5a1c0000-0000-4000-8000-000000000001","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t2","is_error":true,"content":"MCP tool 'boom' reported tool error for function call: {\"name\":\"boom\"} with response: [{\"functionResponse\":{\"name\":\"boom\",\"response\":{\"error\":{\"content\":[{\"type\":\"text\",\"text\":\"it broke\"}],\"isError\":true}}}}]"}]}}"##,
    r##"{"type":"assistant","session_id":"5a1c0000-0000-4000-8000-000000000001","message":{"role":"assistant","content":[{"type":"text","text":"all done"}]}}"##,
    r##"{"usage":{"input_tokens":30,"output_tokens":12,"service_tier":"x"},"is_error":false,"num_turns":3,"subtype":"success","permission_denials":[],"result":"all done","type":"result","session_id":"5a1c0000-0000-4000-8000-000000000001"}"##,
];
