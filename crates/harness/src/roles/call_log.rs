//! The gateway's own record of the calls that it got.

use std::fs;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

use camino::Utf8Path;
use serde_json::Value;
use smoke_agents::transcript::{Call, Status};
use smoke_core::files;

/// The length of the record, in bytes; 0 while there is none.
pub fn length(log: &Utf8Path) -> u64 {
    fs::metadata(log).map_or(0, |meta| meta.len())
}

/// The calls in the gateway's record from `offset` on, as an agent that knows the gateway as
/// `server` would have written them. Lines that are not such calls are passed over.
pub fn since(log: &Utf8Path, offset: u64, server: &str) -> Vec<Call> {
    const LONGEST: u64 = 64 << 20;
    let Ok(mut file) = files::open(log) else { return Vec::new() };
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
        arguments: call["arguments"].clone().into(),
        status: Status::from(call["status"].as_str()?),
        result: content.is_array().then(|| result.into()),
        error: call["error"].as_str().map(str::to_owned),
        duration_ms: call["duration_ms"].as_u64(),
        ..Call::default()
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
        let calls = since(&log, before.len() as u64, "stelae");
        assert_eq!(calls.len(), 1);
        assert_eq!((calls[0].tool.as_str(), calls[0].server.as_str()), ("new", "stelae"));
        assert_eq!(calls[0].result_text(), "hi");
    }
}
