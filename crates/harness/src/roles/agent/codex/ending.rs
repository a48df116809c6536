//! The cause of a Codex session that could not do its work, from how it ended and what it complained of.
//!
//! A session that got as far as its calls is judged by them, whatever it exits with.

use smoke_agents::transcript::{Observations, Transcript, login_trouble};
use smoke_core::cause::{Cause, Code};
use smoke_core::command::End;
use smoke_mcp::{endpoint, excerpt};
use smoke_record::profile::StageSpec;

use super::session::{SessionEnd, open_call};
use crate::context::Context;
use crate::roles::gateway;
use crate::step::Step;

/// The cause, if the session failed as a whole.
pub fn failure(
    context: &Context,
    stage: &StageSpec,
    step: &Step,
    end: &SessionEnd,
    transcript: &Transcript,
) -> Option<Cause> {
    let cause = match end.why {
        End::Stopped => return Some(step.interrupted()),
        End::NoProgress | End::Deadline => stalled(stage, step, end, transcript),
        End::Exited if end.code == Some(2) => rejected(end),
        End::Exited if end.code != Some(0) && !end.spoke => {
            unstarted(context, step, end, transcript)
        }
        End::Exited if end.code != Some(0) && transcript.end.is_none() => {
            broken_off(stage, end, transcript)
        }
        End::Exited => return None,
    };
    let next = match cause.next.as_str() {
        "" => step.read_log(&format!("codex-{}", stage.name)),
        next => next.to_owned(),
    };
    let cause =
        Cause { summary: format!("stage {}: {}", stage.name, cause.summary), next, ..cause };
    Some(cause.evidence(end.complaints.iter().map(|line| format!("stderr: {}", excerpt(line)))))
}

/// It said nothing new for too long, or did not end in time.
fn stalled(stage: &StageSpec, step: &Step, end: &SessionEnd, transcript: &Transcript) -> Cause {
    if let Some(said) = login(end, transcript) {
        return auth(&said);
    }
    let (items, why) = (transcript.progress(), waited(step, end));
    let reconnects = transcript.transient_errors;
    if let (Some(last), false) = (&transcript.last_error, reconnects == 0) {
        let last = excerpt(last);
        let summary = format!(
            "codex cannot reach its model: {why} after {items} items, {reconnects} errors, the last: {last}"
        );
        return Cause::new(Code::AgentHung, summary, "see whether the model can be reached");
    }
    if let Some(tool) = open_call(transcript) {
        let summary = format!("{tool} did not answer: {why} since it was called");
        return Cause::new(Code::AgentCallFailed, summary, "").timed_out();
    }
    let made = transcript.calls.len();
    let all = stage.calls.len();
    let summary = format!("codex hangs: {why} after {items} items, {made} calls of {all}");
    Cause::new(Code::AgentHung, summary, "")
}

fn waited(step: &Step, end: &SessionEnd) -> String {
    match end.why {
        End::NoProgress => {
            format!("no new item for {:?}", step.heartbeat().unwrap_or_default())
        }
        _ => format!("the deadline of {:?} passed", step.budget()),
    }
}

/// It says that it was called wrongly, though it was asked before what it takes.
fn rejected(end: &SessionEnd) -> Cause {
    let said = first_line(end, "it said nothing");
    let next = "codex exec --help; codex --version";
    Cause::new(Code::AgentFlagRejected, format!("codex rejects its command line: {said}"), next)
}

/// It ended before its first event.
fn unstarted(context: &Context, step: &Step, end: &SessionEnd, transcript: &Transcript) -> Cause {
    if let Some(said) = login(end, transcript) {
        return auth(&said);
    }
    let said = first_line(end, "and said nothing");
    let all = end.complaints.join("\n").to_lowercase();
    if all.contains("mcp") {
        return dropped(context, step, &said);
    }
    if all.contains("config") {
        let summary = format!("codex does not take its config: {said}");
        return Cause::new(Code::AgentFlagRejected, summary, "");
    }
    let summary = format!("codex ended before it began ({}): {said}", end.status);
    Cause::new(Code::AgentNoCalls, summary, "")
}

/// The stack, which it requires as a server, did not come up for it. Whether the stack is to blame
/// shows when it is asked from here.
fn dropped(context: &Context, step: &Step, said: &str) -> Cause {
    let server = &context.profile.gateway.server;
    let asked = gateway::endpoint(context)
        .map(|endpoint| endpoint::list_tools(&endpoint, step.left(), step.stop()));
    if let Ok(Err(refusal)) = asked {
        let code = refusal.code();
        let summary = format!("codex cannot use server {server}, because {refusal}");
        return Cause::new(code, summary, "read logs/gateway.log in the run folder");
    }
    let summary = format!("codex cannot use server {server}, which answers otherwise: {said}");
    Cause::new(Code::AgentToolNotOffered, summary, "")
}

/// It ended before its turn did: somebody killed it, or it crashed.
fn broken_off(stage: &StageSpec, end: &SessionEnd, transcript: &Transcript) -> Cause {
    let at = match open_call(transcript) {
        Some(tool) => format!("while {tool} was being called"),
        None => format!("after {} calls of {}", transcript.calls.len(), stage.calls.len()),
    };
    let summary = format!("codex ended in the middle of its turn ({}), {at}", end.status);
    Cause::new(Code::AgentCrashed, summary, "")
}

fn login(end: &SessionEnd, transcript: &Transcript) -> Option<String> {
    let complaints = end.complaints.clone();
    login_trouble(transcript, &Observations { complaints, ..Observations::default() })
}

fn auth(said: &str) -> Cause {
    let summary = format!("codex's login is not accepted: {}", excerpt(said));
    Cause::new(Code::AgentAuth, summary, "codex login, or set CODEX_API_KEY")
}

fn first_line(end: &SessionEnd, none: &str) -> String {
    let line = end.complaints.iter().find(|line| line.to_lowercase().contains("error"));
    let line = line.or(end.complaints.last());
    line.map_or_else(|| none.to_owned(), |line| excerpt(line.trim_start_matches("Error: ")))
}
