//! The evidence for a stage that a person did: a transcript, or calls in the gateway's record.

use smoke_agents::transcript::Call;
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
/// stopped.
pub fn find(context: &Context, name: &str) -> Left {
    let path = context.paths.transcripts.join(format!("{name}.jsonl"));
    if let Ok(bytes) = files::read(&path)
        && !bytes.iter().all(u8::is_ascii_whitespace)
    {
        return Left::Transcript(bytes);
    }
    let server = &context.profile.gateway.server;
    let calls = context.call_log().map(|log| {
        call_log::since(&log, context.turn.map_or(0, |turn| turn.call_log_offset), server)
    });
    calls.filter(|calls| !calls.is_empty()).map_or(Left::Nothing, Left::Calls)
}
