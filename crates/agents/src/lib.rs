//! Agents: their transcripts, the expectations that calls are held to, and the scripted model.

pub mod agent;
pub mod codex;
pub mod model;
pub mod transcript;
