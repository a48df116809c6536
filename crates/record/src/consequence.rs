//! Failures that leave the rest of a run something to find out, and those that explain others.

use smoke_core::cause::{Cause, Code};
use smoke_core::finding::Finding;

use super::run_record::{Failure, Gateway, StageRecord};
use crate::plan::{Kind, stage_of};

impl Failure {
    /// A failure in its own right.
    pub fn new(step: impl Into<String>, cause: Cause) -> Self {
        Self { step: step.into(), cause, follows: None }
    }
}

/// What the run has found out so far, besides what failed.
#[derive(Debug, Default)]
pub struct Known {
    /// What the gateway served when it was waited for.
    pub gateway: Gateway,
    /// The stages that were judged.
    pub stages: Vec<StageRecord>,
    /// What was found besides failures.
    pub findings: Vec<Finding>,
}

/// Whether the steps that need one that failed can still tell something: all that is wrong in a
/// stack is to be named in one run.
///
/// What ends a run are wrong input, a stack that does not serve, deadlines of stages, since the next
/// one would most likely wait as long, and what is no fault of the stack.
pub fn goes_on(kind: Kind, cause: &Cause, known: &Known) -> bool {
    match kind {
        // It did all that it is for.
        _ if cause.code == Code::Finding => true,
        Kind::Bundle => cause.code == Code::ServerInstallFailed,
        // A gateway that crashed lists something when it was started again without what it fell over.
        Kind::Ready => {
            matches!(cause.code, Code::ToolsMissing | Code::GatewayCrashed)
                && known.gateway.listed > 0
        }
        Kind::Overrides => cause.code == Code::RenderFailed,
        Kind::Check(_) => {
            !matches!(cause.code, Code::Interrupted | Code::DiskFull | Code::Internal)
        }
        Kind::Stage(_) => !cause.timed_out && is_of_the_stack(cause.code),
        _ => false,
    }
}

fn is_of_the_stack(code: Code) -> bool {
    matches!(
        code,
        Code::AgentCallFailed
            | Code::AgentNoCalls
            | Code::AgentToolNotOffered
            | Code::AgentApprovalRefused
            | Code::ToolsMissing
            | Code::DirtyClone
    )
}

/// The step of `earlier` that explains why `step` failed, if one does.
pub fn explained_by(
    step: &str,
    cause: &Cause,
    earlier: &[Failure],
    known: &Known,
) -> Option<String> {
    let own = earlier.iter().filter(|failure| failure.follows.is_none());
    if cause.code == Code::DirtyClone {
        // What made the clone dirty once keeps it dirty.
        let mut dirty = own.filter(|known| cause.evidence.iter().all(|at| says(known, at)));
        return dirty.next().map(|failure| failure.step.clone());
    }
    let unmet = unmet(step, cause, known);
    let explains = |failure: &&Failure| match failure.step == Kind::Ready.word() {
        true => all_in(&unmet, &known.gateway.missing),
        false => all_in(&unmet, &unmet_of(&failure.step, known)),
    };
    own.clone().find(explains).map(|failure| failure.step.clone())
}

fn says(failure: &Failure, line: &String) -> bool {
    failure.cause.evidence.contains(line)
}

/// The tools on account of which a step failed.
fn unmet(step: &str, cause: &Cause, known: &Known) -> Vec<String> {
    match step == Kind::Verify.word() && cause.code == Code::ToolsMissing {
        true => known.gateway.missing.clone(),
        false => unmet_of(step, known),
    }
}

fn unmet_of(step: &str, known: &Known) -> Vec<String> {
    let name = stage_of(step);
    let stage = known.stages.iter().find(|stage| Some(stage.name.as_str()) == name);
    let unmet = stage.into_iter().flat_map(|stage| &stage.expectations).filter(|held| !held.met);
    unmet.map(|held| held.tool.clone()).collect()
}

fn all_in(tools: &[String], explained: &[String]) -> bool {
    !tools.is_empty() && tools.iter().all(|tool| explained.contains(tool))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run_record::ExpectationRecord;

    fn stage(name: &str, unmet: &[&str]) -> StageRecord {
        let held = |tool: &&str| ExpectationRecord {
            tool: (*tool).to_owned(),
            met: false,
            matched: 0,
            why: None,
            lowered: false,
        };
        StageRecord {
            name: name.into(),
            transcript: None,
            evidence: String::new(),
            calls: Vec::new(),
            expectations: unmet.iter().map(held).collect(),
            git_clean: true,
            offered_tools: None,
            offered_as: Default::default(),
            connected_after_ms: None,
            tokens: Default::default(),
        }
    }

    fn known(missing: &[&str], stages: Vec<StageRecord>) -> Known {
        let missing = missing.iter().map(|tool| (*tool).to_owned()).collect();
        let gateway = Gateway { listed: 1, missing, ..Gateway::default() };
        Known { gateway, stages, ..Known::default() }
    }

    fn failed(step: &str, code: Code) -> Failure {
        Failure::new(step, Cause::new(code, "", ""))
    }

    #[test]
    fn a_missing_tool_explains_the_calls_of_it_and_nothing_else() {
        let ready = [failed("ready", Code::ToolsMissing)];
        let cause = Cause::new(Code::AgentCallFailed, "", "");
        let known = known(&["grep"], vec![stage("one", &["grep"]), stage("two", &["grep", "fs"])]);
        assert_eq!(explained_by("stage-one", &cause, &ready, &known).as_deref(), Some("ready"));
        assert_eq!(explained_by("stage-two", &cause, &ready, &known), None);
    }

    #[test]
    fn what_failed_in_a_stage_explains_the_same_in_a_later_one() {
        let earlier = [failed("stage-install", Code::AgentCallFailed)];
        let known = known(&[], vec![stage("install", &["manage"]), stage("remove", &["manage"])]);
        let cause = Cause::new(Code::AgentCallFailed, "", "");
        let explained = explained_by("stage-remove", &cause, &earlier, &known);
        assert_eq!(explained.as_deref(), Some("stage-install"));
        assert_eq!(explained_by("check-x", &cause, &earlier, &known), None);
    }

    #[test]
    fn the_rest_of_a_run_needs_a_gateway_that_lists_something() {
        let cause = Cause::new(Code::ToolsMissing, "", "").timed_out();
        assert!(goes_on(Kind::Ready, &cause, &known(&["grep"], Vec::new())));
        assert!(!goes_on(Kind::Ready, &cause, &Known::default()));
        let found = Cause::new(Code::Finding, "", "");
        assert!(goes_on(Kind::Ready, &found, &Known::default()));
        assert!(!goes_on(Kind::Stage(0), &cause, &known(&[], Vec::new())));
    }
}
