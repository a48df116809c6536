//! What a person left behind for a stage.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

use camino::Utf8Path;
use serde_json::Value;

use crate::run::context::Context;
use crate::transcript::{Call, Status};

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
    if let Ok(bytes) = fs::read(&path)
        && !bytes.iter().all(u8::is_ascii_whitespace)
    {
        return Left::Transcript(bytes);
    }
    let server = &context.profile.gateway.server;
    let calls =
        context.call_log().map(|log| recorded(&log, context.settings.call_log_offset, server));
    calls.filter(|calls| !calls.is_empty()).map_or(Left::Nothing, Left::Calls)
}

/// The calls in the gateway's record from `offset` on, as an agent that knows the gateway as
/// `server` would have written them. Lines that are not such calls are passed over.
fn recorded(log: &Utf8Path, offset: u64, server: &str) -> Vec<Call> {
    const LONGEST: u64 = 64 << 20;
    let Ok(mut file) = File::open(log) else { return Vec::new() };
    if file.seek(SeekFrom::Start(offset)).is_err() {
        return Vec::new();
    }
    let lines = BufReader::new(file.take(LONGEST)).split(b'\n').map_while(Result::ok);
    let calls = lines.filter_map(|line| serde_json::from_slice(&line).ok());
    calls.enumerate().filter_map(|(number, call)| as_call(number, server, &call)).collect()
}

fn as_call(number: usize, server: &str, call: &Value) -> Option<Call> {
    let content = &call["result"]["content"];
    let structured = &call["result"]["structuredContent"];
    let result = serde_json::json!({"content": content, "structured_content": structured});
    Some(Call {
        id: format!("gateway_{number}"),
        server: server.to_owned(),
        tool: call["tool"].as_str()?.to_owned(),
        arguments: call["arguments"].clone(),
        status: Status::from(call["status"].as_str()?),
        result: content.is_array().then_some(result),
        error: call["error"].as_str().map(str::to_owned),
        truncated: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_calls_since_the_stop() {
        let folder = tempfile::tempdir().unwrap();
        let log = Utf8Path::from_path(folder.path()).unwrap().join("calls.jsonl");
        let line = |tool: &str| {
            format!(
                "{{\"tool\":\"{tool}\",\"arguments\":{{}},\"status\":\"completed\",\"error\":null,\"result\":{{\"content\":[{{\"type\":\"text\",\"text\":\"hi\"}}]}}}}\n"
            )
        };
        let before = line("old");
        fs::write(&log, format!("{before}{}not json\n{{}}\n", line("new"))).unwrap();
        let calls = recorded(&log, before.len() as u64, "stelae");
        assert_eq!(calls.len(), 1);
        assert_eq!((calls[0].tool.as_str(), calls[0].server.as_str()), ("new", "stelae"));
        assert_eq!(calls[0].result_text(), "hi");
    }
}
