//! Who writes transcripts.

/// An agent, or a kind of file that one leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Author {
    /// What it is called where it is chosen: `claude-code`.
    pub name: &'static str,
    /// What it is called in sentences: `Claude Code`.
    pub title: &'static str,
    /// The command that prints a transcript, with its prompt left out; empty for one that is printed no more.
    pub command: &'static str,
}
