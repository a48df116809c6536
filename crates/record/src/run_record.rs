//! The run record, `run.json`: schema 1. Fields may be added; none changes its meaning.

mod diagnosis;
mod stage;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use smoke_core::cause::{Cause, Outcome};
use smoke_core::finding::Finding;

pub use diagnosis::{Diagnosis, LogTail, Port, ProcessState};
pub use stage::{CallRecord, ExpectationRecord, StageRecord};

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
