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

/// All of them.
pub const ALL: [&Agent; 2] = [&SCRIPTED, &CODEX];
