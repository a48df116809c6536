//! From verdicts to the cause of a stage that failed.

use super::call::Call;
use super::expectation::{Expectation, Miss, Verdict};
use super::reader::{End, Transcript};
use crate::mcp::excerpt;

/// The most lines of evidence.
const EVIDENCE: usize = 12;

/// Why a stage failed, as far as its transcript tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The cause code.
    pub code: &'static str,
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
) -> Option<Fault> {
    let unmet: Vec<&Verdict> = verdicts.iter().filter(|verdict| !verdict.met).collect();
    if transcript.events == 0 && !expectations.is_empty() {
        return Some(invalid(transcript));
    }
    let worst = unmet.iter().max_by_key(|verdict| rank(verdict, transcript))?;
    let code = code(worst, transcript);
    let met = verdicts.len() - unmet.len();
    let why = worst.why.as_deref().unwrap_or_default();
    let summary = match code {
        "agent-approval-refused" => {
            format!("the agent was not allowed to call {}: {why}", worst.tool)
        }
        _ => format!(
            "{met} of {} expected calls were made well; {}: {why}",
            verdicts.len(),
            worst.tool
        ),
    };
    Some(Fault { code, summary, evidence: evidence(&unmet, transcript) })
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

fn invalid(transcript: &Transcript) -> Fault {
    let summary = match transcript.malformed_count {
        0 => "the transcript is empty".to_owned(),
        count => format!("none of the {count} lines of the transcript is an event"),
    };
    Fault { code: "transcript-invalid", summary, evidence: evidence(&[], transcript) }
}

/// A refused approval explains the most, then a failed call, then a call that was not made.
fn rank(verdict: &Verdict, transcript: &Transcript) -> u8 {
    match code(verdict, transcript) {
        "agent-approval-refused" => 2,
        "agent-call-failed" => 1,
        _ => 0,
    }
}

fn code(verdict: &Verdict, transcript: &Transcript) -> &'static str {
    let call = verdict.call.and_then(|at| transcript.calls.get(at));
    match (verdict.miss, call) {
        (Some(Miss::Status), Some(call)) if is_refused(call) => "agent-approval-refused",
        (Some(Miss::Status | Miss::Result), _) => "agent-call-failed",
        _ => "agent-no-calls",
    }
}

fn is_refused(call: &Call) -> bool {
    call.error.as_deref().is_some_and(is_approval_refusal)
}

fn evidence(unmet: &[&Verdict], transcript: &Transcript) -> Vec<String> {
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
    let all = verdicts.chain(end).chain(transient).chain(read).chain(malformed).chain(warnings);
    all.take(EVIDENCE).collect()
}
