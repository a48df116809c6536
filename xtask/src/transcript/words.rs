//! A transcript in words.

use smoke_agents::transcript::{Call, End, Server, Transcript, Verdict};
use smoke_mcp::excerpt;

use super::Held;

/// The calls, a line for each.
pub fn calls(transcript: &Transcript) -> impl Iterator<Item = String> {
    let count = transcript.calls_left_out();
    let more = (count > 0).then(|| format!("     {count} more calls, which are not kept\n"));
    transcript.calls.iter().enumerate().map(|(at, call)| line(at + 1, call)).chain(more)
}

/// Who wrote it, how it ended, and what came of the stage that it was held to.
pub fn ending(transcript: &Transcript, held: Option<&Held>) -> String {
    let mut text = format!("{}\n", summary(transcript));
    if let Some(held) = held {
        text.push_str(&format!("\nstage {}\n", held.stage));
        held.verdicts.iter().for_each(|verdict| text.push_str(&verdict_line(verdict)));
    }
    text
}

fn line(number: usize, call: &Call) -> String {
    let arguments = excerpt(&call.arguments.to_string());
    let message = excerpt(&call.message());
    let colon = if message.is_empty() { "" } else { ": " };
    let (tool, status) = (&call.tool, &call.status);
    let server = if call.server.is_empty() { "?" } else { &call.server };
    format!("{number:>4} {server}/{tool} {arguments} {status}{colon}{message}\n")
}

fn summary(transcript: &Transcript) -> String {
    let count = transcript.calls.len() + transcript.calls_left_out();
    let mut parts: Vec<String> =
        transcript.author.iter().map(|author| author.title.to_owned()).collect();
    parts.push(format!("{} lines, {} events, {count} calls", transcript.lines, transcript.events));
    if transcript.malformed_count > 0 {
        parts.push(format!("{} lines are no events", transcript.malformed_count));
    }
    parts.extend(transcript.read_error.iter().map(|error| format!("reading ended early: {error}")));
    parts.push(match &transcript.end {
        Some(End::Completed) => "the turn was completed".to_owned(),
        Some(End::Failed { message }) => format!("the turn failed: {}", excerpt(message)),
        None => "the turn has no end".to_owned(),
    });
    parts.extend(transcript.last_error.as_deref().map(|last| {
        format!("{} transient errors, the last: {}", transcript.transient_errors, excerpt(last))
    }));
    parts.extend(transcript.servers.iter().filter(|server| server.state.is_useless()).map(useless));
    parts.extend(transcript.tokens.iter().map(|(kind, count)| format!("{kind} {count}")));
    parts.join("; ")
}

fn useless(server: &Server) -> String {
    let reason: String = server.reason.iter().map(|reason| format!(": {reason}")).collect();
    format!("server {} is {}{reason}", server.name, server.word)
}

fn verdict_line(verdict: &Verdict) -> String {
    let tool = &verdict.tool;
    match &verdict.why {
        None => format!("  met      {tool}\n"),
        Some(why) => format!("  not met  {tool}: {why}\n"),
    }
}
