//! What a stage expects of the agent's calls.

use serde_json::Value;

/// A call that must have been made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expectation {
    /// The server, if it matters.
    pub server: Option<String>,
    /// The tool; `-`, `.` and `_` are the same, since agents turn one into the other.
    pub tool: String,
    /// What the arguments must contain; null for anything.
    pub arguments: Value,
    /// How the call must have ended.
    pub status: Expected,
    /// Texts that must be in the result.
    pub result_contains: Vec<String>,
    /// What the structured result, or a text block that is JSON, must contain.
    pub result: Option<Value>,
}

/// The status that a call must have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expected {
    /// The call was a success.
    #[default]
    Completed,
    /// The call was refused or failed.
    Failed,
    /// The call was made and ended.
    Any,
}

/// What is wrong with a call, from the farthest miss to the nearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Miss {
    /// No call of the tool.
    Tool,
    /// The tool of another server.
    Server,
    /// Other arguments.
    Arguments,
    /// Another status.
    Status,
    /// Another result.
    Result,
    /// Nothing, but another expectation needs the call.
    Taken,
}
