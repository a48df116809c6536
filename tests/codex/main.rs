//! Runs with the real Codex CLI as the agent. Tests fail by panics, also in what they share.
#![allow(clippy::unwrap_used)]

mod ends;
mod part;
mod troubles;
mod versions;
