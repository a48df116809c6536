//! The Gemini CLI.

mod recipe;
pub mod stream;

#[cfg(test)]
pub mod sample;

pub use recipe::{RECIPE, server};
