//! A stream of opencode.

/// A call that goes well, one that the tool fails, and the end.
pub const SAMPLE: &[&str] = &[
    r##"{"type":"step_start","timestamp":1790928901000,"sessionID":"ses_1","part":{"id":"prt_10","sessionID":"ses_1","type":"step-start"}}"##,
    r##"{"type":"tool_use","timestamp":1790928902300,"sessionID":"ses_1","part":{"id":"prt_23","sessionID":"ses_1","type":"tool-use","tool":"stack_get-time","callID":"t1","state":{"status":"completed","input":{"zone":"utc"},"output":"noon","title":"","time":{"start":1790928902000,"end":1790928902250}}}}"##,
    r##"{"type":"step_finish","timestamp":1790928902400,"sessionID":"ses_1","part":{"id":"prt_24","sessionID":"ses_1","type":"step-finish","reason":"tool-calls","tokens":{"input":10,"output":5,"cache":{"read":0}},"cost":0}}"##,
    r##"{"type":"step_start","timestamp":1790928903000,"sessionID":"ses_1","part":{"id":"prt_30","sessionID":"ses_1","type":"step-start"}}"##,
    r##"{"type":"tool_use","timestamp":1790928904100,"sessionID":"ses_1","part":{"id":"prt_41","sessionID":"ses_1","type":"tool-use","tool":"stack_boom","callID":"t2","state":{"status":"error","input":{},"error":"it broke","time":{"start":1790928903000,"end":1790928904000}}}}"##,
    r##"{"type":"step_finish","timestamp":1790928904200,"sessionID":"ses_1","part":{"id":"prt_42","sessionID":"ses_1","type":"step-finish","reason":"tool-calls","tokens":{"input":10,"output":4},"cost":0}}"##,
    r##"{"type":"step_start","timestamp":1790928905000,"sessionID":"ses_1","part":{"id":"prt_50","sessionID":"ses_1","type":"step-start"}}"##,
    r##"{"type":"text","timestamp":1790928905100,"sessionID":"ses_1","part":{"id":"prt_51","sessionID":"ses_1","type":"text","text":"all done"}}"##,
    r##"{"type":"step_finish","timestamp":1790928906000,"sessionID":"ses_1","part":{"id":"prt_60","sessionID":"ses_1","type":"step-finish","reason":"stop","tokens":{"input":10,"output":3},"cost":0}}"##,
];
