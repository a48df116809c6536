//! The evidence for a stage that a person did: a transcript, or calls in the gateway's record.

use smoke_agents::transcript::{Call, judge_form};
use smoke_core::files;

use crate::context::Context;
use crate::roles::call_log;

/// The evidence for a stage that a person did.
pub enum Left {
    /// The text of a transcript.
    Transcript(Vec<u8>),
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
    let is_one = |bytes: &Vec<u8>| judge_form(&smoke_agents::read(&bytes[..])).is_none();
    match bytes {
        Some(bytes) if is_one(&bytes) => Left::Transcript(bytes),
        bytes => match (recorded(context), bytes) {
            (Some(calls), _) => Left::Calls(calls),
            (None, Some(bytes)) => Left::Transcript(bytes),
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
