//! Streams of Codex.

/// A call that goes well, one that the tool fails, and the end.
pub const SAMPLE: &[&str] = &[
    r##"{"type":"thread.started","thread_id":"x-1"}"##,
    r##"{"type":"turn.started"}"##,
    r##"{"type":"item.started","item":{"id":"i1","type":"mcp_tool_call","server":"stack","tool":"get-time","arguments":{"zone":"utc"},"result":null,"error":null,"status":"in_progress"}}"##,
    r##"{"type":"item.completed","item":{"id":"i1","type":"mcp_tool_call","server":"stack","tool":"get-time","arguments":{"zone":"utc"},"result":{"content":[{"type":"text","text":"noon"}],"structured_content":{"hour":12}},"error":null,"status":"completed"}}"##,
    r##"{"type":"item.started","item":{"id":"i2","type":"mcp_tool_call","server":"stack","tool":"boom","arguments":{},"result":null,"error":null,"status":"in_progress"}}"##,
    r##"{"type":"item.completed","item":{"id":"i2","type":"mcp_tool_call","server":"stack","tool":"boom","arguments":{},"result":{"content":[{"type":"text","text":"it broke"}],"structured_content":null},"error":null,"status":"failed"}}"##,
    r##"{"type":"item.completed","item":{"id":"i3","type":"agent_message","text":"all done"}}"##,
    r##"{"type":"turn.completed","usage":{"input_tokens":30,"output_tokens":12}}"##,
];

/// The same as a session's file.
pub const SAVED: &[&str] = &[
    r##"{"timestamp":"2026-10-02T08:15:00.000Z","type":"session_meta","payload":{"id":"x-1","cli_version":"0.150.0","cwd":"/repo"}}"##,
    r##"{"timestamp":"2026-10-02T08:15:00.100Z","type":"turn_context","payload":{"cwd":"/repo"}}"##,
    r##"{"timestamp":"2026-10-02T08:15:00.200Z","type":"event_msg","payload":{"type":"task_started"}}"##,
    r##"{"timestamp":"2026-10-02T08:15:02.000Z","type":"response_item","payload":{"type":"function_call","name":"get_time","namespace":"mcp__stack","arguments":"{\"zone\":\"utc\"}","call_id":"t1"}}"##,
    r##"{"timestamp":"2026-10-02T08:15:02.250Z","type":"event_msg","payload":{"type":"mcp_tool_call_end","call_id":"t1","invocation":{"server":"stack","tool":"get-time","arguments":{"zone":"utc"}},"duration":{"secs":0,"nanos":250000000},"result":{"Ok":{"content":[{"type":"text","text":"noon"}],"structuredContent":{"hour":12}}}}}"##,
    r##"{"timestamp":"2026-10-02T08:15:02.300Z","type":"response_item","payload":{"type":"function_call_output","call_id":"t1","output":"noon"}}"##,
    r##"{"timestamp":"2026-10-02T08:15:04.000Z","type":"event_msg","payload":{"type":"mcp_tool_call_end","call_id":"t2","invocation":{"server":"stack","tool":"boom","arguments":{}},"duration":{"secs":1,"nanos":0},"result":{"Ok":{"content":[{"type":"text","text":"it broke"}],"isError":true}}}}"##,
    r##"{"timestamp":"2026-10-02T08:15:04.500Z","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":12,"output_tokens":4}}}}"##,
    r##"{"timestamp":"2026-10-02T08:15:05.000Z","type":"event_msg","payload":{"type":"agent_message","message":"all done"}}"##,
    r##"{"timestamp":"2026-10-02T08:15:05.500Z","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":30,"output_tokens":12}}}}"##,
    r##"{"timestamp":"2026-10-02T08:15:06.000Z","type":"event_msg","payload":{"type":"task_complete","last_agent_message":"all done"}}"##,
];

/// The same in the first versions.
pub const FIRST: &[&str] = &[
    r##"{"id":"0","msg":{"type":"session_configured","session_id":"x-1"}}"##,
    r##"{"id":"1","msg":{"type":"task_started"}}"##,
    r##"{"id":"1","msg":{"type":"mcp_tool_call_begin","call_id":"t1","server":"stack","tool":"get-time","arguments":{"zone":"utc"}}}"##,
    r##"{"id":"1","msg":{"type":"mcp_tool_call_end","call_id":"t1","duration":{"secs":0,"nanos":250000000},"result":{"Ok":{"content":[{"type":"text","text":"noon"}]}}}}"##,
    r##"{"id":"1","msg":{"type":"mcp_tool_call_begin","call_id":"t2","invocation":{"server":"stack","tool":"boom","arguments":{}}}}"##,
    r##"{"id":"1","msg":{"type":"mcp_tool_call_end","call_id":"t2","invocation":{"server":"stack","tool":"boom","arguments":{}},"result":{"Ok":{"content":[{"type":"text","text":"it broke"}],"isError":true}}}}"##,
    r##"{"id":"1","msg":{"type":"agent_message","message":"all done"}}"##,
    r##"{"id":"1","msg":{"type":"task_complete","last_agent_message":"all done"}}"##,
];
