//! A stream of the Copilot CLI.

/// A call that goes well, one that the tool fails, and the end.
pub const SAMPLE: &[&str] = &[
    r##"{"type":"session.mcp_server_status_changed","data":{"serverName":"stack","status":"pending"},"id":"e-1","timestamp":"2026-10-02T08:15:00.000Z","parentId":null}"##,
    r##"{"type":"session.mcp_server_status_changed","data":{"serverName":"stack","status":"connected"},"id":"e-2","timestamp":"2026-10-02T08:15:00.400Z","parentId":null}"##,
    r##"{"type":"session.mcp_servers_loaded","data":{"servers":[{"name":"other","status":"disabled"},{"name":"stack","status":"connected"}]},"id":"e-3","timestamp":"2026-10-02T08:15:00.500Z","parentId":null}"##,
    r##"{"type":"user.message","data":{"content":"look"},"id":"e-4","timestamp":"2026-10-02T08:15:00.600Z","parentId":null}"##,
    r##"{"type":"assistant.turn_start","data":{"turnId":"0"},"id":"e-5","timestamp":"2026-10-02T08:15:01.000Z","parentId":null}"##,
    r##"{"type":"assistant.message","data":{"content":"","toolRequests":[{"toolCallId":"t1","name":"stack-get-time","arguments":{"zone":"utc"}}]},"id":"e-6","timestamp":"2026-10-02T08:15:01.500Z","parentId":null}"##,
    r##"{"type":"tool.execution_start","data":{"toolCallId":"t1","toolName":"stack-get-time","arguments":{"zone":"utc"},"mcpServerName":"stack","mcpToolName":"get-time"},"id":"e-7","timestamp":"2026-10-02T08:15:02.000Z","parentId":null}"##,
    r##"{"type":"tool.execution_complete","data":{"toolCallId":"t1","success":true,"result":{"content":"noon","contents":[{"type":"text","text":"noon"}],"structuredContent":{"hour":12}}},"id":"e-8","timestamp":"2026-10-02T08:15:02.250Z","parentId":null}"##,
    r##"{"type":"tool.execution_start","data":{"toolCallId":"t2","toolName":"stack-boom","arguments":{},"mcpServerName":"stack","mcpToolName":"boom"},"id":"e-9","timestamp":"2026-10-02T08:15:03.000Z","parentId":null}"##,
    r##"{"type":"tool.execution_complete","data":{"toolCallId":"t2","success":false,"error":{"message":"it broke","code":"failure"},"result":{"content":"it broke","contents":[{"type":"text","text":"it broke"}]}},"id":"e-10","timestamp":"2026-10-02T08:15:04.000Z","parentId":null}"##,
    r##"{"type":"assistant.message","data":{"content":"all done","toolRequests":[]},"id":"e-11","timestamp":"2026-10-02T08:15:05.000Z","parentId":null}"##,
    r##"{"type":"result","timestamp":"2026-10-02T08:15:06.000Z","sessionId":"c-1","exitCode":0,"usage":{"premiumRequests":0}}"##,
];
