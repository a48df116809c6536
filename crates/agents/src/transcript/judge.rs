//! The cause of a stage that failed, from the verdicts on its expectations.

use smoke_core::cause::{Code, EVIDENCE};
use smoke_mcp::excerpt;

use super::call::{Call, Failure};
use super::expectation::{Expectation, Miss};
use super::facts::{End, Transcript};
use super::hold::Verdict;
use super::name::is_alias_of;
use super::observations::Observations;
use super::reason::Reason;
use super::server::ServerState;
use super::trouble;

/// Why a stage failed, as far as its transcript tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The cause code.
    pub code: Code,
    /// One sentence.
    pub summary: String,
    /// What was seen: the verdicts that are not met, the turn's end, errors, malformed lines.
    pub evidence: Vec<String>,
}

/// A transcript, what is known besides it, and what it is held to.
#[derive(Clone, Copy)]
struct Matter<'a> {
    transcript: &'a Transcript,
    observed: &'a Observations,
    expectations: &'a [Expectation],
}

/// The fault of a transcript, or none when every expectation is met.
///
/// A turn that failed after all expected calls is no fault of the stack and so none here.
pub fn judge(
    expectations: &[Expectation],
    verdicts: &[Verdict],
    transcript: &Transcript,
    observed: &Observations,
) -> Option<Fault> {
    if !expectations.is_empty()
        && let Some(fault) = unreadable(transcript, observed)
    {
        return Some(fault);
    }
    let matter = Matter { transcript, observed, expectations };
    let unmet: Vec<(usize, &Verdict)> =
        verdicts.iter().enumerate().filter(|(_, verdict)| !verdict.met).collect();
    let found = unmet.iter().map(|(at, verdict)| (matter.reason(*at, verdict), *verdict));
    let Some((reason, worst)) = found.max_by_key(|(reason, _)| reason.rank()) else {
        return unrecorded(transcript, observed);
    };
    let (met, all) = (verdicts.len() - unmet.len(), verdicts.len());
    let summary = reason.summary(worst, met, all);
    let unmet: Vec<&Verdict> = unmet.into_iter().map(|(_, verdict)| verdict).collect();
    Some(Fault { code: reason.code(), summary, evidence: evidence(&unmet, transcript, observed) })
}

/// The fault of a transcript that nothing is expected of, or none: it has at least one event.
pub fn judge_form(transcript: &Transcript) -> Option<Fault> {
    unreadable(transcript, &Observations::default())
}

impl<'a> Matter<'a> {
    /// Why the expectation at this place is not met.
    fn reason(self, at: usize, verdict: &Verdict) -> Reason<'a> {
        let transcript = self.transcript;
        let call = verdict.call.and_then(|at| transcript.calls.get(at));
        let unknown = call.is_some_and(|call| call.failure == Some(Failure::Unknown));
        match (verdict.miss, call) {
            (Some(Miss::Status), Some(call)) if is_refused(call) => Reason::Refused,
            // Of a tool that it does not have, an agent may not tell the arguments.
            (Some(Miss::Status | Miss::Arguments), _) if unknown => {
                self.absence(at).unwrap_or(Reason::NotOffered)
            }
            (Some(Miss::Status | Miss::Result), _) => Reason::CallFailed,
            (Some(Miss::Tool), _) => {
                let login = trouble::login(transcript, self.observed).map(Reason::Login);
                let left_out = Some(transcript.expected_left_out()).filter(|count| *count > 0);
                let failed = || trouble::of_model(transcript).map(Reason::ModelFailed);
                login
                    .or_else(|| self.absence(at))
                    .or_else(|| self.observed.lacks(&verdict.tool).then_some(Reason::NotOffered))
                    .or_else(|| left_out.map(Reason::LeftOut))
                    .or_else(failed)
                    .unwrap_or(Reason::NoCalls)
            }
            _ => trouble::of_model(transcript).map_or(Reason::NoCalls, Reason::ModelFailed),
        }
    }

    /// Why the tool of an expectation is not there to be called, as far as the agent says.
    fn absence(self, at: usize) -> Option<Reason<'a>> {
        let expectation = self.expectations.get(at)?;
        let server = expectation.server.as_deref()?;
        let known = self.transcript.server(server);
        if let Some(useless) = known.filter(|known| known.state.is_useless()) {
            return Some(Reason::Useless(useless));
        }
        // A server that is still being connected to brings its tools later.
        let connected = known.is_some_and(|known| known.state == ServerState::Connected);
        let offered = self.transcript.offered.as_ref().filter(|_| connected)?;
        let is_there = offered.iter().any(|alias| is_alias_of(alias, server, &expectation.tool));
        (!is_there).then_some(Reason::NotOffered)
    }
}

/// What keeps anything from being known of the calls, if something does.
fn unreadable(transcript: &Transcript, observed: &Observations) -> Option<Fault> {
    let first = transcript.malformed.first().map(|line| line.excerpt.as_str());
    let summary = match (transcript.events, transcript.malformed_count, first) {
        (0, 0, _) => "the transcript is empty".to_owned(),
        (0, count, Some("{" | "[")) => format!(
            "the transcript is one JSON document on {count} lines; what an agent prints line by \
             line is wanted"
        ),
        (0, count, _) => {
            format!("none of the {count} lines of the transcript is an event of an agent")
        }
        _ => transcript.without_calls.filter(|_| transcript.calls.is_empty())?.to_owned(),
    };
    let evidence = evidence(&[], transcript, observed);
    Some(Fault { code: Code::TranscriptInvalid, summary, evidence })
}

/// A transcript that tells of more calls than the gateway got is not what happened.
fn unrecorded(transcript: &Transcript, observed: &Observations) -> Option<Fault> {
    let call = observed.unrecorded(&transcript.calls)?;
    let tool = &call.tool;
    let summary =
        format!("the transcript has more calls of {tool} that went well than the gateway got");
    let seen =
        observed.recorded.iter().flatten().map(|call| format!("the gateway got {}", call.tool));
    let evidence = seen.take(EVIDENCE).collect();
    Some(Fault { code: Code::TranscriptInvalid, summary, evidence })
}

fn is_refused(call: &Call) -> bool {
    call.failure == Some(Failure::Refused)
}

fn evidence(unmet: &[&Verdict], transcript: &Transcript, observed: &Observations) -> Vec<String> {
    let verdicts = unmet
        .iter()
        .map(|verdict| format!("{}: {}", verdict.tool, verdict.why.as_deref().unwrap_or_default()));
    let end = transcript.end.iter().filter_map(|end| match end {
        End::Failed { message } => Some(format!("the turn failed: {}", excerpt(message))),
        End::Completed => None,
    });
    let transient = transcript.last_error.iter().map(|last| {
        format!("{} transient errors, the last: {}", transcript.transient_errors, excerpt(last))
    });
    let warnings =
        transcript.warnings.iter().map(|message| format!("warning: {}", excerpt(message)));
    let malformed = transcript
        .malformed
        .iter()
        .map(|line| format!("line {} is not an event: {}", line.line_number, line.excerpt));
    let read = transcript.read_error.iter().map(|error| format!("reading ended early: {error}"));
    let first = verdicts.chain(end).chain(transient).chain(observed.lines()).chain(read);
    first.chain(malformed).chain(warnings).take(EVIDENCE).collect()
}
