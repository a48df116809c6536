//! Agents: how they are driven, what they print, the calls in it, the expectations that these are held to, and the scripted model.

pub mod agent;
pub mod claude_code;
pub mod cline;
pub mod codex;
pub mod copilot;
mod forms;
#[cfg(test)]
mod forms_tests;
pub mod gemini;
mod mcp_server;
pub mod mistral_vibe;
pub mod model;
pub mod opencode;
pub mod pi;
pub mod qwen_code;
pub mod recipe;
#[cfg(test)]
mod recipe_tests;
pub mod recipes;
pub mod stream;
pub mod transcript;

pub use forms::{ALL as FORMS, read, read_expecting};
pub use smoke_json::KeptJson;
