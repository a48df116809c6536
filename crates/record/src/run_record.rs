//! The run record, `run.json`: schema 1. Fields may be added; none changes its meaning.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use smoke_core::cause::{Cause, Outcome};
use smoke_core::finding::Finding;

/// The schema number that this program writes and reads.
pub const SCHEMA: u32 = 1;

/// Why `text` is no record for this program, if another version wrote it, whose fields may be others.
pub fn of_other_schema(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Numbered {
        schema: u32,
    }
    let Numbered { schema } = serde_json::from_str(text).ok()?;
    let newer = if schema > SCHEMA {
        "; a newer version of Clone Smoke wrote it: update this one"
    } else {
        ""
    };
    (schema != SCHEMA)
        .then(|| format!("has schema {schema}, and this version knows {SCHEMA}{newer}"))
}

/// Everything that is known of a run, as far as it has come. Times are in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The run's id, which all its processes carry as `SMOKE_RUN_ID`.
    pub id: String,
    /// The profile's name.
    pub profile: String,
    /// What was cloned.
    pub source: Source,
    /// The arguments after `cargo xtask`.
    pub command: Vec<String>,
    /// The workspace's path.
    pub workspace: String,
    /// The port that the gateway was told to listen on.
    pub port: u16,
    /// When the run started, in the form of RFC 3339.
    pub started_at: String,
    /// How long it took, without the time it waited for a person.
    pub duration_ms: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// What the process exited with; null while it runs.
    pub exit_code: Option<u8>,
    /// The id of the step that failed first.
    pub failed_step: Option<String>,
    /// Why it failed.
    pub cause: Option<Cause>,
    /// All that failed, that cause first.
    #[serde(default)]
    pub causes: Vec<Failure>,
    /// The steps, in the order of the plan.
    pub steps: Vec<StepRecord>,
    /// The stages that were judged.
    pub stages: Vec<StageRecord>,
    /// What the gateway served when it was waited for.
    #[serde(default)]
    pub gateway: Gateway,
    /// What the live processes were found to run with.
    pub env_audit: EnvAudit,
    /// What steps left behind.
    pub leaks: Vec<Leak>,
    /// What was found besides failures.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// What became of the developer's own setup.
    pub host: Host,
    /// The versions of the programs that took part, by name.
    #[serde(default)]
    pub versions: BTreeMap<String, String>,
    /// The environment of the run's children. Of what was inherited, only few values are kept; of
    /// the others there is a fingerprint, which tells whether they changed.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// What stalls looked like before anything was ended.
    #[serde(default)]
    pub diagnoses: Vec<Diagnosis>,
    /// What could not be seen of processes on this machine, and so is in no diagnosis.
    #[serde(default)]
    pub unseen: Vec<String>,
}

/// What a person would have looked up when a step stalled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The step that stalled.
    pub step: String,
    /// The processes of the run.
    pub processes: Vec<ProcessState>,
    /// The ports that they listen on.
    pub listening: Vec<Port>,
    /// Who listens on the port that the gateway was told, if anyone that can be seen does.
    pub on_expected_port: Vec<ProcessState>,
    /// The last lines of the logs that the stack and the step write.
    pub logs: Vec<LogTail>,
    /// How long tasks had to wait for CPU, memory and disk, in the words of the kernel.
    pub pressure: Vec<String>,
}

/// A process as it was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProcessState {
    /// Its id.
    pub pid: i32,
    /// Its parent.
    pub parent: i32,
    /// Its state, as the kernel names it.
    pub state: char,
    /// What it waits for in the kernel, where that can be seen.
    pub waits_for: Option<String>,
    /// Its command line.
    pub argv: Vec<String>,
}

/// A port that a process listens on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Port {
    /// The port.
    pub port: u16,
    /// The process.
    pub pid: i32,
}

/// The end of a log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogTail {
    /// The log's path.
    pub path: String,
    /// Its last lines.
    pub lines: Vec<String>,
}

/// A step that failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// Its id.
    pub step: String,
    /// Why it failed.
    pub cause: Cause,
    /// The step whose failure explains this one, if one does.
    pub follows: Option<String>,
}

/// What was cloned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// Where the repository is.
    pub path: String,
    /// The commit that is tested.
    pub commit: String,
    /// The hash of the commit's tree.
    pub tree: String,
    /// Whether the source held changes that are not committed, and so not tested.
    pub dirty: bool,
}

/// One step of the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Its id, unique in the plan.
    pub id: String,
    /// How it ended; `running` until then.
    pub outcome: Outcome,
    /// The steps that must be over before.
    #[serde(default)]
    pub needs: Vec<String>,
    /// When it started, counted from the start of the run.
    pub started_ms: u64,
    /// How long it took.
    pub duration_ms: u64,
    /// How long it may take.
    pub deadline_ms: u64,
    /// How often it was tried.
    pub attempts: usize,
    /// Whether an earlier result was used.
    pub cached: bool,
    /// Its log, relative to the run folder.
    pub log: Option<String>,
    /// Why it failed.
    pub cause: Option<Cause>,
}

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

/// What the gateway served when it was waited for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Gateway {
    /// How many tools it listed.
    pub listed: usize,
    /// The tools that it should have listed and did not.
    pub missing: Vec<String>,
    /// The tools that it listed, each with a fingerprint of its definition.
    #[serde(default)]
    pub tools: BTreeMap<String, String>,
    /// How long it took to open a session, in milliseconds.
    #[serde(default)]
    pub opened_after_ms: Option<u64>,
    /// How long it took to list its tools in that session, in milliseconds.
    #[serde(default)]
    pub listed_after_ms: Option<u64>,
    /// The servers behind it, as far as they are known.
    pub servers: Vec<Server>,
    /// The missing tools that the overrides hide, and how.
    #[serde(default)]
    pub hidden: BTreeMap<String, String>,
}

/// A server behind the gateway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Server {
    /// Its name in the gateway's config.
    pub name: String,
    /// Whether it serves; null when nothing tells.
    pub serves: Option<bool>,
    /// How long it took to serve, in milliseconds: by the gateway's log, or by its own answer.
    pub answered_after_ms: Option<u64>,
    /// Those of its tools that are missing.
    pub missing: Vec<String>,
    /// Why it does not serve.
    pub why: Vec<String>,
}

/// What the live processes of the run were found to run with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EnvAudit {
    /// How many processes were read.
    pub processes: usize,
    /// Where they differ from what the run gave them.
    pub mismatches: Vec<Mismatch>,
}

/// A value that did not arrive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mismatch {
    /// The process.
    pub pid: i32,
    /// Its command line.
    pub argv: Vec<String>,
    /// The variable.
    pub key: String,
    /// What the run set.
    pub expected: String,
    /// What the process has.
    pub actual: Option<String>,
}

/// A process that a step left behind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leak {
    /// The process.
    pub pid: i32,
    /// Its command line.
    pub argv: Vec<String>,
    /// The step that started it.
    pub step: String,
    /// What it holds: `stdout`, `stderr`, `group`, or `nothing` when it only lives on.
    pub holds: String,
}

/// What became of the developer's own setup.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Host {
    /// Whether all watched files are as they were.
    pub untouched: bool,
    /// Those that are not.
    pub changed: Vec<String>,
}

impl Default for Host {
    fn default() -> Self {
        Self { untouched: true, changed: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_another_schema_is_told_from_one_that_is_broken() {
        let newer = of_other_schema(r#"{"schema": 2, "steps": 7}"#).unwrap();
        assert!(newer.contains("has schema 2") && newer.contains("update this one"), "{newer}");
        for text in [r#"{"schema": 1}"#, "{}", "no JSON"] {
            assert_eq!(of_other_schema(text), None, "{text}");
        }
    }
}
