//! The writer of transcripts, in the form that Codex gives them.

use std::io::{self, Write};
use std::time::Instant;

use serde_json::{Value, json};

/// Writes events, each flushed at once: a transcript must be whole up to where an agent was killed.
pub struct Writer<W: Write> {
    out: W,
    items: usize,
}

/// A call that has begun.
#[derive(Debug)]
#[must_use = "a call that began needs an end"]
pub struct OpenCall {
    item: Value,
    begin: Instant,
}

/// How a call ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The tool gave this result, `{content, structured_content}`.
    Completed(Value),
    /// The tool gave this result and says that it is an error.
    Failed(Value),
    /// There is no result, for this reason.
    Error(String),
}

impl<W: Write> Writer<W> {
    /// Begins a transcript with its thread and its turn.
    ///
    /// # Errors
    /// Those of `out`, here and in all other functions.
    pub fn start(out: W, thread_id: &str) -> io::Result<Writer<W>> {
        let mut writer = Writer { out, items: 0 };
        writer.write(&json!({"type": "thread.started", "thread_id": thread_id}))?;
        writer.write(&json!({"type": "turn.started"}))?;
        Ok(writer)
    }

    /// Writes that a call begins.
    pub fn begin_call(
        &mut self,
        server: &str,
        tool: &str,
        arguments: &Value,
    ) -> io::Result<OpenCall> {
        let item = json!({
            "id": self.next_id(), "type": "mcp_tool_call", "server": server, "tool": tool,
            "arguments": arguments, "result": null, "error": null, "status": "in_progress",
        });
        self.write(&json!({"type": "item.started", "item": item}))?;
        Ok(OpenCall { item, begin: Instant::now() })
    }

    /// Writes how a call ended.
    pub fn end_call(&mut self, call: OpenCall, outcome: Outcome) -> io::Result<()> {
        let mut item = call.item;
        let (status, key, value) = match outcome {
            Outcome::Completed(result) => ("completed", "result", result),
            Outcome::Failed(result) => ("failed", "result", result),
            Outcome::Error(message) => ("failed", "error", json!({"message": message})),
        };
        item["duration_ms"] = (call.begin.elapsed().as_millis() as u64).into();
        item["status"] = status.into();
        item[key] = value;
        self.write(&json!({"type": "item.completed", "item": item}))
    }

    /// Writes what the agent says.
    pub fn message(&mut self, text: &str) -> io::Result<()> {
        let item = json!({"id": self.next_id(), "type": "agent_message", "text": text});
        self.write(&json!({"type": "item.completed", "item": item}))
    }

    /// Ends the turn well, with the tokens that it took.
    pub fn complete_turn(mut self, usage: &Value) -> io::Result<()> {
        self.write(&json!({"type": "turn.completed", "usage": usage}))
    }

    /// Ends the turn with the reason why it cannot go on.
    pub fn fail_turn(mut self, message: &str) -> io::Result<()> {
        self.write(&json!({"type": "turn.failed", "error": {"message": message}}))
    }

    fn next_id(&mut self) -> String {
        self.items += 1;
        format!("item_{}", self.items - 1)
    }

    fn write(&mut self, event: &Value) -> io::Result<()> {
        self.out.write_all(format!("{event}\n").as_bytes())?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Status;
    use super::*;
    use crate::read;
    use crate::transcript::End;

    #[test]
    fn what_is_written_is_read_again() {
        let mut bytes = Vec::new();
        let mut writer = Writer::start(&mut bytes, "t-1").unwrap();
        let result =
            json!({"content": [{"type": "text", "text": "a\nb"}], "structured_content": null});
        let call = writer.begin_call("stack", "grep", &json!({"pattern": "x"})).unwrap();
        writer.end_call(call, Outcome::Completed(result.clone())).unwrap();
        let call = writer.begin_call("stack", "boom", &json!({})).unwrap();
        writer.end_call(call, Outcome::Error("no".into())).unwrap();
        let _left_open = writer.begin_call("stack", "hang", &json!({})).unwrap();
        writer.message("done").unwrap();
        writer.complete_turn(&json!({"input_tokens": 0})).unwrap();
        assert_eq!(bytes.iter().filter(|&&byte| byte == b'\n').count(), 9);
        let transcript = read(&bytes[..]);
        let statuses: Vec<_> = transcript.calls.iter().map(|call| call.status.clone()).collect();
        assert_eq!(statuses, [Status::Completed, Status::Failed, Status::InProgress]);
        assert_eq!(transcript.calls[0].result, Some(result.into()));
        assert_eq!(transcript.calls[1].error.as_deref(), Some("no"));
        assert_eq!(transcript.end, Some(End::Completed));
        assert_eq!((transcript.events, transcript.malformed_count), (9, 0));
    }

    #[test]
    fn a_failed_turn_says_why() {
        let mut bytes = Vec::new();
        Writer::start(&mut bytes, "t").unwrap().fail_turn("gone").unwrap();
        assert_eq!(read(&bytes[..]).end, Some(End::Failed { message: "gone".into() }));
    }
}
