//! Events: what happens in a run. The terminal, the logs and the record are all made from these.

use serde::{Deserialize, Serialize};
use smoke_core::cause::{Cause, Outcome};
use smoke_core::finding::Finding;

use super::folder::log_of;
use super::run_record::{
    Diagnosis, EnvAudit, Failure, Gateway, Host, Leak, RunRecord, Server, StageRecord,
};
use super::sample::Sample;

/// Something that happened. Times are in milliseconds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The run began, or went on after a person's turn; with all that is known so far.
    RunStarted(Box<RunRecord>),
    /// A remark about the run as a whole.
    Remark {
        /// What there is to say.
        text: String,
    },
    /// A step began.
    StepStarted {
        /// Its id.
        step: String,
        /// Its log, relative to the run folder.
        log: String,
    },
    /// A step has something to say, such as a server that it installed.
    StepNote {
        /// Its id.
        step: String,
        /// One line.
        text: String,
    },
    /// A wait inside a step was not satisfied yet.
    Attempt {
        /// The step's id.
        step: String,
        /// Counted from 1.
        number: usize,
        /// Counted from the start of the wait.
        at_ms: u64,
        /// Why it failed.
        reason: String,
    },
    /// Nothing was said for a while.
    StillWaiting {
        /// The id of a running step.
        step: String,
        /// How long it has run, in seconds.
        elapsed_s: u64,
        /// How long it may run, in seconds.
        deadline_s: u64,
        /// The last that it said.
        last: String,
    },
    /// What the run used of the machine was looked at.
    Sampled(Sample),
    /// What the run waited for that other processes did, told at its end.
    Waited {
        /// The waits, in the order in which they ended. Some go on at the same time.
        waits: Vec<Wait>,
    },
    /// Something stalled, and this is what it looked like before anything was ended.
    Diagnosed(Diagnosis),
    /// A step ended.
    StepFinished {
        /// Its id.
        step: String,
        /// How.
        outcome: Outcome,
        /// How often it was tried.
        attempts: usize,
        /// Whether an earlier result was used.
        cached: bool,
        /// Why it failed.
        cause: Option<Cause>,
    },
    /// A program that takes part said its version.
    VersionFound {
        /// The program.
        program: String,
        /// Its version, as it says it.
        version: String,
    },
    /// A stage was judged.
    StageJudged(StageRecord),
    /// The gateway serves, or was given up.
    GatewaySeen(Gateway),
    /// What has become of the servers behind the gateway since.
    ServersSeen {
        /// As far as they are known.
        servers: Vec<Server>,
    },
    /// The live processes were read.
    EnvAudited(EnvAudit),
    /// A process was left behind.
    LeakFound(Leak),
    /// Something was found that is no failure.
    Found(Finding),
    /// The developer's own setup was compared with what it was.
    HostCompared(Host),
    /// The run ended, or stopped for a person.
    RunFinished {
        /// How.
        outcome: Outcome,
        /// What the process exits with.
        exit_code: u8,
        /// The step that failed first.
        failed_step: Option<String>,
        /// Why it failed.
        cause: Option<Cause>,
        /// All that failed, that cause first.
        #[serde(default)]
        causes: Vec<Failure>,
    },
}

impl Event {
    /// That the step with this id began.
    pub fn started(step: &str) -> Self {
        Self::StepStarted { step: step.to_owned(), log: log_of(step) }
    }
}

/// A wait for a command to end, or for a process to answer. Times are in microseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wait {
    /// For what.
    pub what: String,
    /// When it began, counted from the start of the run; negative if that was before.
    pub from_us: i64,
    /// How long it took.
    pub took_us: u64,
}

/// An event with its time: a line of `events.jsonl`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Timed {
    /// When it happened, counted from the start of the run, without the time spent waiting for a
    /// person.
    pub t_ms: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}
