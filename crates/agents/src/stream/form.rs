//! The form in which an agent writes what it does.

use crate::transcript::{Author, Transcript};
use smoke_json::Json;

/// The lines of one agent.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// Whose they are.
    pub author: Author,
    /// Whether an object is one of them. It has to be none of any other agent's.
    pub knows: fn(Json<'_>) -> bool,
    /// Takes what a line says; none if it is no object.
    pub take: fn(&mut Transcript, &[u8]) -> Option<()>,
}
