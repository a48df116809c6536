//! A stream of cline.

/// A call that goes well, one that the tool fails, and the end.
pub const SAMPLE: &[&str] = &[
    r##"{"ts":"2026-10-02T08:15:00.000Z","type":"hook_event","hookEventName":"agent_start","agentId":"a","taskId":"conv_1","parentAgentId":null}"##,
    r##"{"ts":"2026-10-02T08:15:01.000Z","type":"agent_event","event":{"type":"iteration_start","iteration":1}}"##,
    r##"{"ts":"2026-10-02T08:15:02.000Z","type":"agent_event","event":{"type":"content_start","contentType":"tool","toolName":"stack__get-time","toolCallId":"t1","input":{"zone":"utc"}}}"##,
    r##"{"ts":"2026-10-02T08:15:02.250Z","type":"agent_event","event":{"type":"content_end","contentType":"tool","toolName":"stack__get-time","toolCallId":"t1","output":{"content":[{"type":"text","text":"noon"}],"structuredContent":{"hour":12}},"durationMs":250}}"##,
    r##"{"ts":"2026-10-02T08:15:03.000Z","type":"agent_event","event":{"type":"content_start","contentType":"tool","toolName":"stack__boom","toolCallId":"t2","input":{}}}"##,
    r##"{"ts":"2026-10-02T08:15:04.000Z","type":"agent_event","event":{"type":"content_end","contentType":"tool","toolName":"stack__boom","toolCallId":"t2","output":{"content":[{"type":"text","text":"it broke"}],"isError":true},"durationMs":1000}}"##,
    r##"{"ts":"2026-10-02T08:15:05.000Z","type":"agent_event","event":{"type":"content_start","contentType":"text","text":"all done","accumulated":"all done"}}"##,
    r##"{"ts":"2026-10-02T08:15:05.200Z","type":"agent_event","event":{"type":"content_end","contentType":"text","text":"all done"}}"##,
    r##"{"ts":"2026-10-02T08:15:06.000Z","type":"run_result","finishReason":"completed","iterations":2,"usage":{"inputTokens":30,"outputTokens":12,"totalCost":0},"durationMs":6000,"text":"all done"}"##,
];
