//! What is kept of a stage.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One stage, judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageRecord {
    /// The stage's name.
    pub name: String,
    /// The transcript, relative to the run folder; null when the gateway's own record was used.
    pub transcript: Option<String>,
    /// What the judgement rests on: `transcript` or `gateway`.
    pub evidence: String,
    /// The calls that were made.
    pub calls: Vec<CallRecord>,
    /// What was expected.
    pub expectations: Vec<ExpectationRecord>,
    /// Whether the clone was unchanged after the stage.
    pub git_clean: bool,
    /// The tools that the agent offered to its model, as the gateway names them; null when nobody
    /// saw what was offered.
    #[serde(default)]
    pub offered_tools: Option<Vec<String>>,
    /// The names that the agent gave its model for them, by the names that the gateway has; none where
    /// that was not seen.
    #[serde(default)]
    pub offered_as: BTreeMap<String, String>,
    /// How long the agent took until it knew its tools, in milliseconds; null when nobody saw that.
    #[serde(default)]
    pub connected_after_ms: Option<u64>,
    /// The tokens that the agent's model used, by their kinds.
    #[serde(default)]
    pub tokens: BTreeMap<String, u64>,
}

/// One call of a tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallRecord {
    /// The server that was called, as the agent knows it.
    pub server: String,
    /// The tool.
    pub tool: String,
    /// What it was called with.
    pub arguments: Value,
    /// `completed`, `failed` or `in_progress`.
    pub status: String,
    /// What went wrong.
    pub error: Option<String>,
    /// The text of its result, cut to 4,000 characters; null when there is none.
    #[serde(default)]
    pub result: Option<String>,
    /// How long it took, where the agent or the gateway tells.
    #[serde(default)]
    pub duration_ms: Option<u64>,
}

/// One expectation, judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExpectationRecord {
    /// The tool that was expected to be called, or listed.
    pub tool: String,
    /// Whether it was met.
    pub met: bool,
    /// How many calls met it.
    pub matched: usize,
    /// What stood in the way.
    pub why: Option<String>,
    /// Whether the profile lowered it: a call that failed would do as well.
    #[serde(default)]
    pub lowered: bool,
}
