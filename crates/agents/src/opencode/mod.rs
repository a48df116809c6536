//! opencode.

pub mod stream;

#[cfg(test)]
pub mod sample;
