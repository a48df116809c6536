//! Mistral Vibe.

pub mod stream;

#[cfg(test)]
pub mod sample;
