//! A stream of pi.

/// A call that goes well, one that the tool fails, and the end.
pub const SAMPLE: &[&str] = &[
    r##"{"type":"session","version":3,"id":"p-1","timestamp":"2026-10-02T08:15:00.000Z","cwd":"/repo"}"##,
    r##"{"type":"agent_start"}"##,
    r##"{"type":"turn_start"}"##,
    r##"{"type":"message_end","message":{"role":"user","content":[{"type":"text","text":"look"}],"timestamp":1790928900000}}"##,
    r##"{"type":"message_update","assistantMessageEvent":{"type":"toolcall_end","toolCall":{"type":"toolCall","id":"t1","name":"stack_get-time","arguments":{"zone":"utc"}}},"message":{"role":"assistant","content":[{"type":"toolCall","id":"t1","name":"stack_get-time","arguments":{"zone":"utc"}}],"usage":{"input":10,"output":4,"cost":{"total":0}},"stopReason":"toolUse","timestamp":1790928901000}}"##,
    r##"{"type":"message_end","message":{"role":"assistant","content":[{"type":"toolCall","id":"t1","name":"stack_get-time","arguments":{"zone":"utc"}}],"usage":{"input":10,"output":4,"cost":{"total":0}},"stopReason":"toolUse","timestamp":1790928901000}}"##,
    r##"{"type":"tool_execution_start","toolCallId":"t1","toolName":"stack_get-time","args":{"zone":"utc"}}"##,
    r##"{"type":"tool_execution_end","toolCallId":"t1","toolName":"stack_get-time","result":{"content":[{"type":"text","text":"noon"}],"details":{"server":"stack","tool":"get-time"}},"isError":false}"##,
    r##"{"type":"turn_end","message":{"role":"assistant","content":[{"type":"toolCall","id":"t1","name":"stack_get-time","arguments":{"zone":"utc"}}],"usage":{"input":10,"output":4,"cost":{"total":0}},"stopReason":"toolUse","timestamp":1790928901000},"toolResults":[]}"##,
    r##"{"type":"message_end","message":{"role":"assistant","content":[{"type":"toolCall","id":"t2","name":"stack_boom","arguments":{}}],"usage":{"input":10,"output":4,"cost":{"total":0}},"stopReason":"toolUse","timestamp":1790928903000}}"##,
    r##"{"type":"tool_execution_start","toolCallId":"t2","toolName":"stack_boom","args":{}}"##,
    r##"{"type":"tool_execution_end","toolCallId":"t2","toolName":"stack_boom","result":{"content":[{"type":"text","text":"it broke"}],"details":{"server":"stack","tool":"boom"}},"isError":true}"##,
    r##"{"type":"message_end","message":{"role":"assistant","content":[{"type":"text","text":"all done"}],"usage":{"input":10,"output":4,"cost":{"total":0}},"stopReason":"stop","timestamp":1790928905000}}"##,
    r##"{"type":"agent_end","messages":[{"role":"assistant","content":[{"type":"text","text":"all done"}],"usage":{"input":10,"output":4,"cost":{"total":0}},"stopReason":"stop","timestamp":1790928905000}]}"##,
];
