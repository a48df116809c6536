//! Agents: what they print, the calls in it, the expectations that these are held to, and the scripted model.

pub mod agent;
pub mod codex;
mod forms;
pub mod model;
pub mod stream;
pub mod transcript;

pub use forms::{ALL as FORMS, read, read_expecting};
pub use smoke_json::KeptJson;
