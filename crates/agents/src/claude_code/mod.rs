//! Claude Code.

pub mod messages;
pub mod stream;

#[cfg(test)]
pub mod sample;
