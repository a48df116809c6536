//! Runs with the real Codex CLI as the agent.

mod ends;
mod part;
mod troubles;
mod versions;
