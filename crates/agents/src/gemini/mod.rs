//! The Gemini CLI.

pub mod stream;

#[cfg(test)]
pub mod sample;
