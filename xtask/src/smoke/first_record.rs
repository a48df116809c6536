//! The record of a run before its steps have run.

use std::collections::BTreeMap;
use std::time::SystemTime;

use smoke_core::cause::Outcome;
use smoke_core::process;
use smoke_harness::context::Context;
use smoke_record::plan::{self, Plan};
use smoke_record::run_record::{EnvAudit, Gateway, Host, RunRecord, SCHEMA, Source, StepRecord};
use smoke_record::surroundings;

/// What is known when the run begins: it is asked for `profile`, and begins with `prepare`.
pub fn at_first(id: &str, profile: Option<&str>) -> RunRecord {
    let none = || String::new();
    RunRecord {
        schema: SCHEMA,
        id: id.to_owned(),
        profile: profile.unwrap_or("embedded").to_owned(),
        source: Source { path: none(), commit: none(), tree: none(), dirty: false },
        command: std::env::args().skip(1).collect(),
        workspace: none(),
        port: 0,
        started_at: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
        duration_ms: 0,
        outcome: Outcome::Running,
        exit_code: None,
        failed_step: None,
        cause: None,
        causes: Vec::new(),
        steps: vec![planned(&plan::prepare())],
        stages: Vec::new(),
        gateway: Gateway::default(),
        env_audit: EnvAudit::default(),
        leaks: Vec::new(),
        findings: Vec::new(),
        host: Host::default(),
        versions: BTreeMap::new(),
        environment: BTreeMap::new(),
        diagnoses: Vec::new(),
        unseen: process::unseen(),
    }
}

/// What is known once `prepare` has passed: the same, with the steps of the plan.
pub fn once_prepared(known: RunRecord, context: &Context, plan: &Plan) -> RunRecord {
    let begun = |step: StepRecord| {
        let begun = known.steps.iter().find(|begun| begun.id == step.id);
        begun.map_or(step.clone(), |begun| StepRecord {
            deadline_ms: step.deadline_ms,
            ..begun.clone()
        })
    };
    RunRecord {
        profile: context.profile.name.clone(),
        source: context.run.source.clone(),
        workspace: context.paths.workspace.to_string(),
        port: context.run.port,
        steps: plan.steps.iter().map(planned).map(begun).collect(),
        environment: surroundings::recorded(&context.environment),
        ..known.clone()
    }
}

/// A step before it has run.
fn planned(step: &plan::Step) -> StepRecord {
    StepRecord {
        id: step.id.clone(),
        outcome: Outcome::Skipped,
        needs: step.needs.clone(),
        started_ms: 0,
        duration_ms: 0,
        deadline_ms: step.deadline.as_millis() as u64,
        attempts: 0,
        cached: false,
        log: None,
        cause: None,
    }
}
