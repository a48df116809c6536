//! Why a run failed: one code, one sentence, the evidence, and what to try next.

use std::error::Error;
use std::io::{self, ErrorKind};

use camino::Utf8Path;
use serde::{Deserialize, Serialize};

use crate::attended::{Unanswered, Why};
use crate::name::called;
use crate::spelt::spelt;
use crate::text::legible::seen_from;
use crate::wait::GaveUp;

/// The most lines of evidence that a cause has. How many of them a verdict shows is its own.
pub const EVIDENCE: usize = 20;

/// What to do about a command that took too long.
const LATE: &str = "see what keeps this machine busy, or give the step more time in [deadlines]";

/// The cause of a failure, as the run record and the screen show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// What kind of failure it is.
    pub code: Code,
    /// One sentence that says what happened.
    pub summary: String,
    /// The lines that show it.
    pub evidence: Vec<String>,
    /// The command to try next.
    pub next: String,
    /// Whether it was found because a deadline passed, whatever the code.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub timed_out: bool,
}

impl Cause {
    /// A cause without evidence yet.
    pub fn new(code: Code, summary: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            code,
            summary: summary.into(),
            evidence: Vec::new(),
            next: called(&next.into()).into_owned(),
            timed_out: false,
        }
    }

    /// The cause of work of ours that failed with `error`, with `code` unless there was no room or no time for
    /// it.
    pub fn of(code: Code, error: &anyhow::Error, next: &str) -> Self {
        let summary = format!("{error:#}");
        match error.downcast_ref::<Unanswered>().map(|unanswered| unanswered.why) {
            Some(Why::Late | Why::Still) => return Self::new(Code::Deadline, summary, LATE),
            Some(Why::Stopped) => return Self::new(Code::Interrupted, summary, "run it again"),
            None => {}
        }
        match error.downcast_ref::<GaveUp>() {
            Some(GaveUp::Deadline) => return Self::new(Code::Deadline, summary, LATE),
            Some(GaveUp::Stopped) => return Self::new(Code::Interrupted, summary, "run it again"),
            Some(GaveUp::Never) | None => {}
        }
        let is_full = |cause: &(dyn Error + 'static)| {
            let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
            matches!(kind, Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded))
        };
        match error.chain().any(is_full) {
            true => Self::new(Code::DiskFull, summary, "free some space"),
            false => Self::new(code, summary, next),
        }
    }

    /// The same, found because a deadline passed.
    pub fn timed_out(self) -> Self {
        Self { timed_out: true, ..self }
    }

    /// Adds lines of evidence, as far as there is room: the logs have the rest.
    pub fn evidence<T: Into<String>>(mut self, lines: impl IntoIterator<Item = T>) -> Self {
        let room = EVIDENCE.saturating_sub(self.evidence.len());
        self.evidence.extend(lines.into_iter().map(Into::into).take(room));
        self
    }
}

spelt! {
    /// The codes of causes. A code never changes its meaning.
    Code;
    Usage = "usage",
    ConfigInvalid = "config-invalid",
    PrerequisiteMissing = "prerequisite-missing",
    DiskFull = "disk-full",
    WorkspaceUnmarked = "workspace-unmarked",
    WorkspaceBusy = "workspace-busy",
    CloneFailed = "clone-failed",
    CloneOutdated = "clone-outdated",
    SetupFailed = "setup-failed",
    RegistryUnreachable = "registry-unreachable",
    BundleMissing = "bundle-missing",
    BundleInvalid = "bundle-invalid",
    ServerInstallFailed = "server-install-failed",
    RenderFailed = "render-failed",
    BuildFailed = "build-failed",
    PortInUse = "port-in-use",
    DaemonEpipe = "daemon-epipe",
    StaleDaemon = "stale-daemon",
    GatewayCrashed = "gateway-crashed",
    GatewayNotListening = "gateway-not-listening",
    GatewayNotFound = "gateway-not-found",
    GatewayRejects = "gateway-rejects",
    GatewayError = "gateway-error",
    ToolsMissing = "tools-missing",
    EnvMismatch = "env-mismatch",
    CheckFailed = "check-failed",
    DirtyClone = "dirty-clone",
    AgentMissing = "agent-missing",
    AgentAuth = "agent-auth",
    AgentFlagRejected = "agent-flag-rejected",
    AgentToolNotOffered = "agent-tool-not-offered",
    AgentApprovalRefused = "agent-approval-refused",
    AgentCallFailed = "agent-call-failed",
    AgentNoCalls = "agent-no-calls",
    AgentHung = "agent-hung",
    AgentCrashed = "agent-crashed",
    TranscriptInvalid = "transcript-invalid",
    PipeHeld = "pipe-held",
    NoProgress = "no-progress",
    Deadline = "deadline",
    Leak = "leak",
    Finding = "finding",
    HostTouched = "host-touched",
    Interrupted = "interrupted",
    Internal = "internal",
}

/// How a run or a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It has not ended yet.
    Running,
    /// All is well.
    Passed,
    /// A check or an expectation failed.
    Failed,
    /// A deadline passed or nothing moved.
    TimedOut,
    /// There was nothing to do, or it was not to be done.
    Skipped,
    /// It stopped for a person, as asked.
    Manual,
    /// A signal ended it.
    Interrupted,
    /// It could not be tried: wrong usage, or this machine lacks something.
    Error,
}

impl Cause {
    /// The same, with the files in `folder` by their paths in it: a clone is gone when somebody reads of it, and
    /// its source has the same files.
    pub fn seen_from(self, folder: &Utf8Path) -> Self {
        // Where something is as a process sees it is all that this one tells.
        if self.code == Code::EnvMismatch {
            return self;
        }
        let evidence = self.evidence.iter().map(|line| seen_from(folder, line)).collect();
        Self { summary: seen_from(folder, &self.summary), evidence, ..self }
    }

    /// The outcome that a cause of this code means.
    pub fn outcome(&self) -> Outcome {
        match self.code {
            _ if self.timed_out => Outcome::TimedOut,
            Code::Deadline | Code::NoProgress | Code::AgentHung => Outcome::TimedOut,
            Code::Interrupted => Outcome::Interrupted,
            _ if self.exit_code() == 1 => Outcome::Failed,
            _ => Outcome::Error,
        }
    }

    /// The exit code that a cause of this code means; for an interrupt, the signal adds to 128.
    pub fn exit_code(&self) -> u8 {
        match self.code {
            _ if self.timed_out => 3,
            Code::Usage
            | Code::ConfigInvalid
            | Code::WorkspaceUnmarked
            | Code::WorkspaceBusy
            | Code::BundleMissing
            | Code::BundleInvalid => 2,
            Code::Deadline | Code::NoProgress | Code::AgentHung => 3,
            Code::PrerequisiteMissing
            | Code::RegistryUnreachable
            | Code::DiskFull
            | Code::AgentMissing => 4,
            Code::Interrupted => 130,
            _ => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back() {
        for code in Code::ALL {
            let text = serde_json::to_value(code).unwrap();
            assert_eq!(text, code.as_str());
            assert_eq!(serde_json::from_value::<Code>(text).unwrap(), *code);
        }
        assert!(serde_json::from_value::<Code>("nonsense".into()).is_err());
    }

    #[test]
    fn files_of_a_clone_are_told_by_their_paths_in_it() {
        let cause = |code| {
            Cause::new(code, "/w/c/a.py is wrong", "n").evidence(["File \"/w/c/b.py\"", "/w/d"])
        };
        let seen = cause(Code::BuildFailed).seen_from("/w/c".into());
        assert_eq!(
            (&*seen.summary, &*seen.evidence[0], &*seen.evidence[1]),
            ("a.py is wrong", "File \"b.py\"", "/w/d")
        );
        assert_eq!(cause(Code::EnvMismatch).seen_from("/w/c".into()), cause(Code::EnvMismatch));
    }

    #[test]
    fn an_error_of_a_full_disk_is_one_whatever_was_done() {
        let of = |kind| {
            let error = anyhow::Error::from(io::Error::from(kind)).context("write it");
            Cause::of(Code::BuildFailed, &error, "n").code
        };
        assert_eq!(of(ErrorKind::StorageFull), Code::DiskFull);
        assert_eq!(of(ErrorKind::NotFound), Code::BuildFailed);
    }

    #[test]
    fn evidence_is_bounded() {
        let cause = Cause::new(Code::Leak, "s", "n").evidence((0..50).map(|n| n.to_string()));
        assert_eq!(cause.evidence.len(), EVIDENCE);
        assert_eq!(cause.clone().evidence(["one more"]), cause);
    }

    #[test]
    fn codes_fold_into_outcomes_and_exit_codes() {
        let of = |code| {
            let cause = Cause::new(code, "", "");
            (cause.outcome(), cause.exit_code())
        };
        assert_eq!(of(Code::AgentCallFailed), (Outcome::Failed, 1));
        let late = Cause::new(Code::GatewayNotListening, "", "").timed_out();
        assert_eq!((late.outcome(), late.exit_code()), (Outcome::TimedOut, 3));
        assert_eq!(of(Code::ConfigInvalid), (Outcome::Error, 2));
        assert_eq!(of(Code::NoProgress), (Outcome::TimedOut, 3));
        assert_eq!(of(Code::PrerequisiteMissing), (Outcome::Error, 4));
    }
}
