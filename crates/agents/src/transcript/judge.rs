//! The cause of a stage that failed, from the verdicts on its expectations.

use smoke_core::cause::Code;
use smoke_mcp::excerpt;

use super::beside::Beside;
use super::call::Call;
use super::expectation::{Expectation, Miss, Verdict};
use super::reader::{End, Transcript};
use super::trouble;

/// The most lines of evidence.
const EVIDENCE: usize = 12;

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

/// The fault of a transcript, or none when every expectation is met.
///
/// A turn that failed after all expected calls is no fault of the stack and so none here.
pub fn judge(
    expectations: &[Expectation],
    verdicts: &[Verdict],
    transcript: &Transcript,
    beside: &Beside,
) -> Option<Fault> {
    let unmet: Vec<&Verdict> = verdicts.iter().filter(|verdict| !verdict.met).collect();
    if transcript.events == 0 && !expectations.is_empty() {
        return Some(invalid(transcript, beside));
    }
    let Some(worst) = unmet.iter().max_by_key(|verdict| rank(verdict, transcript, beside)) else {
        return unrecorded(transcript, beside);
    };
    let code = code(worst, transcript, beside);
    let (met, all, tool) = (verdicts.len() - unmet.len(), verdicts.len(), &worst.tool);
    let why = worst.why.as_deref().unwrap_or_default();
    let summary = match code {
        Code::AgentApprovalRefused => format!("the agent was not allowed to call {tool}: {why}"),
        Code::AgentToolNotOffered => {
            let met = format!("{met} of {all} expected calls were made well");
            format!("the agent was not offered the tool {tool}; {met}")
        }
        Code::AgentAuth => {
            let said = trouble::login(transcript, beside).unwrap_or_default();
            format!("the agent's login is not accepted: {}", excerpt(&said))
        }
        Code::AgentNoCalls if trouble::of_model(transcript).is_some() => {
            let said = trouble::of_model(transcript).unwrap_or_default();
            format!(
                "the agent made {met} of {all} expected calls, and then its model failed: {said}"
            )
        }
        _ => format!("{met} of {all} expected calls were made well; {tool}: {why}"),
    };
    Some(Fault { code, summary, evidence: evidence(&unmet, transcript, beside) })
}

/// The fault of a transcript that nothing is expected of, or none: it has at least one event.
pub fn judge_form(transcript: &Transcript) -> Option<Fault> {
    (transcript.events == 0).then(|| invalid(transcript, &Beside::default()))
}

/// Whether an error's message says that the agent itself refused the call for want of approval.
pub fn is_approval_refusal(message: &str) -> bool {
    let message = message.to_lowercase();
    let words = [
        "user cancelled mcp tool call",
        "user canceled mcp tool call",
        "user rejected mcp tool call",
        "mcp tool call requires approval",
        "approval policy is never",
        "rejected by user approval settings",
    ];
    words.iter().any(|words| message.contains(words))
}

fn invalid(transcript: &Transcript, beside: &Beside) -> Fault {
    let summary = match transcript.malformed_count {
        0 => "the transcript is empty".to_owned(),
        count => format!("none of the {count} lines of the transcript is an event"),
    };
    Fault { code: Code::TranscriptInvalid, summary, evidence: evidence(&[], transcript, beside) }
}

/// A transcript that tells of more calls than the gateway got is not what happened.
fn unrecorded(transcript: &Transcript, beside: &Beside) -> Option<Fault> {
    let call = beside.unrecorded(&transcript.calls)?;
    let tool = &call.tool;
    let summary =
        format!("the transcript has more calls of {tool} that went well than the gateway got");
    let seen =
        beside.recorded.iter().flatten().map(|call| format!("the gateway got {}", call.tool));
    let evidence = seen.take(EVIDENCE).collect();
    Some(Fault { code: Code::TranscriptInvalid, summary, evidence })
}

/// What explains the most comes last: a login, then a refused approval, then a call that failed,
/// then a tool that was not there to be called.
fn rank(verdict: &Verdict, transcript: &Transcript, beside: &Beside) -> u8 {
    match code(verdict, transcript, beside) {
        Code::AgentAuth => 4,
        Code::AgentApprovalRefused => 3,
        Code::AgentCallFailed => 2,
        Code::AgentToolNotOffered => 1,
        _ => 0,
    }
}

fn code(verdict: &Verdict, transcript: &Transcript, beside: &Beside) -> Code {
    let call = verdict.call.and_then(|at| transcript.calls.get(at));
    match (verdict.miss, call) {
        (Some(Miss::Status), Some(call)) if is_refused(call) => Code::AgentApprovalRefused,
        (Some(Miss::Status | Miss::Result), _) => Code::AgentCallFailed,
        (Some(Miss::Tool), _) if trouble::login(transcript, beside).is_some() => Code::AgentAuth,
        (Some(Miss::Tool), _) if beside.lacks(&verdict.tool) => Code::AgentToolNotOffered,
        _ => Code::AgentNoCalls,
    }
}

fn is_refused(call: &Call) -> bool {
    call.error.as_deref().is_some_and(is_approval_refusal)
}

fn evidence(unmet: &[&Verdict], transcript: &Transcript, beside: &Beside) -> Vec<String> {
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
        transcript.item_errors.iter().map(|message| format!("warning: {}", excerpt(message)));
    let malformed = transcript
        .malformed
        .iter()
        .map(|line| format!("line {} is not an event: {}", line.line_number, line.excerpt));
    let read = transcript.read_error.iter().map(|error| format!("reading ended early: {error}"));
    let said = verdicts.chain(end).chain(transient).chain(beside.lines()).chain(read);
    said.chain(malformed).chain(warnings).take(EVIDENCE).collect()
}
