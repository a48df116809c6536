//! The evidence for a stage that a person did: a transcript, or calls in the gateway's record.

use smoke_agents::transcript::{Call, Fault, judge_form};
use smoke_core::files;

use crate::context::Context;
use crate::roles::call_log;

/// The evidence for a stage that a person did.
pub enum Left {
    /// The text of a transcript, or of what should be one, with what is wrong with it.
    Transcript(Vec<u8>, Option<Fault>),
    /// Calls in the gateway's own record.
    Calls(Vec<Call>),
    /// Neither.
    Nothing,
}

/// Looks for a transcript of stage `name`, then for calls that the gateway recorded since the run
/// stopped. A file that is no transcript counts only where there are no such calls.
pub fn find(context: &Context, name: &str) -> Left {
    let path = context.paths.transcripts.join(format!("{name}.jsonl"));
    let bytes = files::read(&path).ok().filter(|bytes| !bytes.iter().all(u8::is_ascii_whitespace));
    let fault = bytes.as_deref().and_then(|bytes| judge_form(&smoke_agents::read(bytes)));
    match (bytes, fault) {
        (Some(bytes), None) => Left::Transcript(bytes, None),
        (bytes, fault) => match (recorded(context), bytes) {
            (Some(calls), _) => Left::Calls(calls),
            (None, Some(bytes)) => Left::Transcript(bytes, fault),
            (None, None) => Left::Nothing,
        },
    }
}

/// The calls that the gateway recorded since the run stopped, if there are any.
fn recorded(context: &Context) -> Option<Vec<Call>> {
    let (server, log) = (&context.profile.gateway.server, context.call_log()?);
    let stopped_at = context.turn.map_or(0, |turn| turn.call_log_offset);
    let calls = call_log::since(&log, stopped_at, server);
    (!calls.is_empty()).then_some(calls)
}
