//! Folds events into the run record, so that whoever has the events has the record.

use smoke_core::cause::Outcome;

use super::event::{Event, Timed};
use super::run_record::{RunRecord, Server, StepRecord};

/// Brings `record` up to date with what happened.
pub fn fold(record: &mut RunRecord, timed: &Timed) {
    record.duration_ms = timed.t_ms;
    match &timed.event {
        Event::RunStarted(started) => *record = (**started).clone(),
        Event::Remark { .. }
        | Event::StepNote { .. }
        | Event::StillWaiting { .. }
        | Event::Waited { .. }
        | Event::Sampled(_) => {}
        Event::Diagnosed(diagnosis) => record.diagnoses.push(diagnosis.clone()),
        Event::StepStarted { step, log } => update(record, step, |found| {
            found.outcome = Outcome::Running;
            found.started_ms = timed.t_ms;
            found.log = Some(log.clone());
        }),
        Event::Attempt { step, number, .. } => {
            update(record, step, |found| found.attempts = number + 1);
        }
        Event::StepFinished { step, outcome, attempts, cached, cause } => {
            update(record, step, |found| {
                found.duration_ms = timed.t_ms.saturating_sub(found.started_ms);
                found.outcome = *outcome;
                found.attempts = *attempts;
                found.cached = *cached;
                found.cause.clone_from(cause);
            });
        }
        Event::StageJudged(stage) => {
            record.stages.retain(|known| known.name != stage.name);
            record.stages.push(stage.clone());
        }
        Event::VersionFound { program, version } => {
            record.versions.insert(program.clone(), version.clone());
        }
        Event::GatewaySeen(gateway) => record.gateway = gateway.clone(),
        Event::ServersSeen { servers } => learn(&mut record.gateway.servers, servers),
        Event::EnvAudited(audit) => record.env_audit = audit.clone(),
        Event::LeakFound(leak) => record.leaks.push(leak.clone()),
        Event::Found(finding) => {
            if !record.findings.iter().any(|known| known.is_of(finding)) {
                record.findings.push(finding.clone());
            }
        }
        Event::HostCompared(host) => record.host = host.clone(),
        Event::RunFinished { outcome, exit_code, failed_step, cause, causes } => {
            record.outcome = *outcome;
            record.exit_code = Some(*exit_code);
            record.failed_step.clone_from(failed_step);
            record.cause.clone_from(cause);
            record.causes.clone_from(causes);
        }
    }
}

/// What is known of a server already, was found out with more effort.
fn learn(known: &mut Vec<Server>, seen: &[Server]) {
    for server in seen {
        match known.iter_mut().find(|known| known.name == server.name) {
            Some(known) if known.serves.is_none() => *known = server.clone(),
            Some(_) => {}
            None => known.push(server.clone()),
        }
    }
}

fn update(record: &mut RunRecord, step: &str, change: impl FnOnce(&mut StepRecord)) {
    if let Some(found) = record.steps.iter_mut().find(|known| known.id == step) {
        change(found);
    }
}
