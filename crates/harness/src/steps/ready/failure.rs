//! The cause of a gateway that is not ready, out of all that its failed attempts and the machine say.

use std::time::Duration;

use smoke_core::cause::{Cause, Code};
use smoke_core::wait::{Attempt, Failure, GaveUp};
use smoke_mcp::Program;
use smoke_mcp::endpoint::Endpoint;
use smoke_record::verdict::LINES_SHOWN;

use super::decisive::decisive;
use super::ports::Elsewhere;
use super::reason::{Met, Reason};
use super::speech;
use super::start_timeout;
use super::survey::Survey;
use crate::roles::connection::stranger;
use crate::roles::supervisor;
use crate::unstartable::{self, Unstartable};

/// The cause of a wait that failed.
pub fn not_ready(survey: &Survey, patience: Duration, failure: &Failure<Reason>) -> Cause {
    let Survey { context, step, .. } = survey;
    if failure.gave_up == GaveUp::Stopped {
        return step.interrupted();
    }
    step.diagnose();
    let Some(decisive) = decisive(failure, patience) else { return step.late("the gateway") };
    let last = &decisive.reason;
    // What came after it says less.
    let told = failure.attempts.iter().take_while(|attempt| attempt.at <= decisive.at);
    let told: Vec<Attempt<Reason>> = told.cloned().collect();
    if let Some(fault) = fault(survey).filter(|_| last.met == Met::NoStart) {
        return fault.cause(Code::GatewayCrashed);
    }
    if let Some(stranger) = stranger::at_the_door_now(context) {
        let (_, log) = supervisor::last_words(&context.paths.workspace, LINES_SHOWN);
        return stranger::cause(context, stranger).evidence(log);
    }
    let is_late = failure.gave_up == GaveUp::Deadline;
    let within = match is_late {
        true => format!(" within {}", humantime::format_duration(whole_seconds(patience))),
        false => String::new(),
    };
    let summary = format!("{} did not serve its tools{within}: {last}", survey.endpoint);
    let is_down = is_down(survey);
    let cause = explained(survey, last, summary, attempts(&told), is_down);
    if is_late && !is_down { cause.timed_out() } else { cause }
}

/// The cause with what the gateway's log and its ports tell, and what to do about it.
fn explained(
    survey: &Survey,
    last: &Reason,
    summary: String,
    attempts: Vec<String>,
    is_down: bool,
) -> Cause {
    let Survey { context, endpoint, .. } = survey;
    let code = if is_down { Code::GatewayCrashed } else { last.code };
    let elsewhere = Elsewhere::look(context, endpoint, code == Code::GatewayNotListening);
    let mut evidence = elsewhere.lines();
    let room = LINES_SHOWN.saturating_sub(evidence.len() + attempts.len());
    let (name, log) = supervisor::last_words(&context.paths.workspace, room);
    let remedy = last.remedy.filter(|_| !is_down).map(str::to_owned);
    let stream = (code == Code::GatewayNotFound).then(|| speech::stream_beside(context, endpoint));
    let next = elsewhere
        .remedy()
        .or(stream.flatten())
        .or_else(|| start_timeout::remedy(context))
        .or(remedy)
        .unwrap_or_else(|| context.folder.read_log(&name));
    // The last words of one that crashed tell more than the attempts that met nobody.
    let crashed = code == Code::GatewayCrashed;
    let (first, then) = if crashed { (log, attempts) } else { (attempts, log) };
    evidence.extend(first.into_iter().chain(then));
    Cause::new(code, summary, next).evidence(evidence)
}

/// Whether the gateway has ended, and does not run again.
fn is_down(survey: &Survey) -> bool {
    let status = survey.supervisor.status();
    status.gateway.is_none() && status.last_exit.is_some()
}

/// What keeps a server from being started that has no gateway, and is started for each question.
fn fault(survey: &Survey) -> Option<Unstartable> {
    let Endpoint::Stdio(Program { argv, cwd, environment, .. }) = &survey.endpoint else {
        return None;
    };
    unstartable::fault(argv, cwd, &survey.context.paths.workspace, environment)
}

/// The last attempts in words. Those that failed for the same reason are one line.
fn attempts(all: &[Attempt<Reason>]) -> Vec<String> {
    const LINES: usize = 2;
    let mut alike: Vec<&[Attempt<Reason>]> = all.chunk_by(|a, b| a.reason == b.reason).collect();
    alike.drain(..alike.len().saturating_sub(LINES));
    let line = |attempts: &[Attempt<Reason>]| {
        let last = attempts.last()?;
        let (number, at, reason) = (last.number, last.at.as_secs_f64(), &last.reason);
        let first = attempts[0].number;
        let which = if first == number { "attempt".into() } else { format!("attempts {first} to") };
        Some(format!("{which} {number} at {at:.1} s: {reason}"))
    };
    alike.into_iter().filter_map(line).collect()
}

fn whole_seconds(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs_f64().round() as u64)
}
