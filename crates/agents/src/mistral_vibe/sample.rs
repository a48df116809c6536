//! A stream of Mistral Vibe.

/// A call that goes well, one that the tool fails, and the end.
pub const SAMPLE: &[&str] = &[
    r##"{"id":"message-0","sessionId":"v-1","turnId":"turn-1","createdAt":1790928900000,"updatedAt":1790928900000,"generationStatus":"completed","type":"message","role":"user","content":[{"type":"text","text":"look"}],"outcome":null}"##,
    r##"{"id":"effect-2","sessionId":"v-1","turnId":"turn-1","createdAt":1790928902000,"updatedAt":1790928902250,"generationStatus":"completed","type":"effect","title":"mcp_stack.get_time","detail":{"toolName":"mcp_stack.get_time","kind":"tool","input":{"zone":"utc"}},"state":{"status":"completed","outputText":"noon","output":{"type":"success","content":[{"type":"text","text":"noon"}],"structured_content":{"hour":12}}}}"##,
    r##"{"id":"effect-3","sessionId":"v-1","turnId":"turn-1","createdAt":1790928903000,"updatedAt":1790928904000,"generationStatus":"completed","type":"effect","title":"mcp_stack.boom","detail":{"toolName":"mcp_stack.boom","kind":"tool","input":{}},"state":{"status":"failed","outputText":"it broke","error":{"code":"mcp_tool_error","message":"it broke"}}}"##,
    r##"{"id":"message-5","sessionId":"v-1","turnId":"turn-1","createdAt":1790928905000,"updatedAt":1790928905000,"generationStatus":"completed","type":"message","role":"assistant","content":[{"type":"text","text":"all done"}],"outcome":{"type":"committed"}}"##,
];
