//! The agents that can go through the stages of a stack, each by its name.

/// An agent. What only one of them needs is in its own folder.
#[derive(Debug, PartialEq, Eq)]
pub struct Agent {
    /// Its name on the command line, in profiles and in messages.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// The program that it is, if this one does not do its work.
    pub program: Option<&'static str>,
}

/// A scripted MCP client, which every machine has.
pub const SCRIPTED: Agent =
    Agent { name: "scripted", about: "A scripted MCP client", program: None };

/// The Codex CLI.
pub const CODEX: Agent = Agent { name: "codex", about: "The Codex CLI", program: Some("codex") };

/// Claude Code.
pub const CLAUDE_CODE: Agent =
    Agent { name: "claude-code", about: "Claude Code", program: Some("claude") };

/// The Gemini CLI.
pub const GEMINI: Agent =
    Agent { name: "gemini", about: "The Gemini CLI", program: Some("gemini") };

/// Qwen Code.
pub const QWEN_CODE: Agent = Agent { name: "qwen-code", about: "Qwen Code", program: Some("qwen") };

/// opencode.
pub const OPENCODE: Agent =
    Agent { name: "opencode", about: "opencode", program: Some("opencode") };

/// The Copilot CLI.
pub const COPILOT: Agent =
    Agent { name: "copilot", about: "The Copilot CLI", program: Some("copilot") };

/// cline.
pub const CLINE: Agent = Agent { name: "cline", about: "cline", program: Some("cline") };

/// pi, with its adapter for MCP.
pub const PI: Agent = Agent { name: "pi", about: "pi, with pi-mcp-adapter", program: Some("pi") };

/// Mistral Vibe.
pub const MISTRAL_VIBE: Agent =
    Agent { name: "mistral-vibe", about: "Mistral Vibe", program: Some("vibe") };

/// All of them.
pub const ALL: [&Agent; 10] = [
    &SCRIPTED,
    &CODEX,
    &CLAUDE_CODE,
    &GEMINI,
    &QWEN_CODE,
    &OPENCODE,
    &COPILOT,
    &CLINE,
    &PI,
    &MISTRAL_VIBE,
];
