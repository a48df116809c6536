//! A stream of the Gemini CLI.

/// A call that goes well, one that the tool fails, and the end.
pub const SAMPLE: &[&str] = &[
    r##"{"type":"init","timestamp":"2026-10-02T08:15:00.000Z","session_id":"g-1","model":"m"}"##,
    r##"{"type":"message","timestamp":"2026-10-02T08:15:00.100Z","role":"user","content":"look"}"##,
    r##"{"type":"message","timestamp":"2026-10-02T08:15:00.500Z","role":"assistant","content":"let me see","delta":true}"##,
    r##"{"type":"tool_use","timestamp":"2026-10-02T08:15:02.000Z","tool_name":"mcp_stack_get-time","tool_id":"t1","parameters":{"zone":"utc"}}"##,
    r##"{"type":"tool_result","timestamp":"2026-10-02T08:15:02.250Z","tool_id":"t1","status":"success","output":"noon"}"##,
    r##"{"type":"tool_use","timestamp":"2026-10-02T08:15:03.000Z","tool_name":"mcp_stack_boom","tool_id":"t2","parameters":{}}"##,
    r##"{"type":"tool_result","timestamp":"2026-10-02T08:15:04.000Z","tool_id":"t2","status":"error","output":"Error: MCP tool 'boom' reported an error.","error":{"type":"mcp_tool_error","message":"MCP tool 'boom' reported tool error for function call: {\"name\":\"boom\"} with response: [{\"functionResponse\":{\"name\":\"boom\",\"response\":{\"content\":[{\"type\":\"text\",\"text\":\"it broke\"}],\"isError\":true}}}]"}}"##,
    r##"{"type":"message","timestamp":"2026-10-02T08:15:05.000Z","role":"assistant","content":"all ","delta":true}"##,
    r##"{"type":"message","timestamp":"2026-10-02T08:15:05.100Z","role":"assistant","content":"done","delta":true}"##,
    r##"{"type":"result","timestamp":"2026-10-02T08:15:06.000Z","status":"success","stats":{"input_tokens":30,"output_tokens":12,"duration_ms":9000,"tool_calls":2}}"##,
];
