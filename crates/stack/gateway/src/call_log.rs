//! The gateway's own record of finished tool calls, one JSON line each.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::time::{Duration, SystemTime};

use anyhow::Context;
use camino::Utf8Path;
use rmcp::model::{CallToolResult, ContentBlock, Implementation, JsonObject};
use serde_json::{Value, json};

use super::call::Called;
use super::log;

/// As much text of a result as is kept, in bytes.
const TEXT_LIMIT: usize = 4096;

/// An open record, appended to.
pub struct CallLog {
    file: File,
}

/// What is known of a call besides its outcome.
pub struct Asked {
    /// The MCP session, if the client has one.
    pub session: Option<String>,
    /// Who called.
    pub client: Option<Implementation>,
    /// The tool's name as it is listed.
    pub tool: String,
    /// What it was given.
    pub arguments: Option<JsonObject>,
}

impl CallLog {
    /// Opens `path` for appending, and makes it if it is missing.
    ///
    /// # Errors
    /// A path that cannot be written.
    pub fn open(path: &Utf8Path) -> anyhow::Result<CallLog> {
        let file = OpenOptions::new().create(true).append(true).open(path);
        Ok(CallLog { file: file.with_context(|| format!("open call log {path}"))? })
    }

    /// Appends a call in one write, so that lines never mix.
    pub fn append(&self, asked: &Asked, called: &Called, took: Duration) {
        let line = format!("{}\n", line(asked, called, took));
        if let Err(error) = (&self.file).write_all(line.as_bytes()) {
            log::line(format_args!("cannot write the call log: {error}"));
        }
    }
}

/// Judged as Codex does: an `isError` result failed without an error, a protocol error failed
/// without a result.
fn line(asked: &Asked, called: &Called, took: Duration) -> Value {
    let failed = called.answer.as_ref().map_or(true, |result| result.is_error == Some(true));
    json!({
        "at": humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
        "session": asked.session,
        "client": asked.client.as_ref().map(|c| json!({"name": c.name, "version": c.version})),
        "server": called.server,
        "tool": asked.tool,
        "arguments": asked.arguments.clone().unwrap_or_default(),
        "status": if failed { "failed" } else { "completed" },
        "duration_ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "error": called.answer.as_ref().err().map(|error| error.message.to_string()),
        "result": called.answer.as_ref().ok().map(|result| json!({"content": content(result)})),
    })
}

/// A result's content, with no more than [`TEXT_LIMIT`] bytes of text and without images.
fn content(result: &CallToolResult) -> Vec<Value> {
    let mut left = TEXT_LIMIT;
    result.content.iter().map(|block| shorten(block, &mut left)).collect()
}

fn shorten(block: &ContentBlock, left: &mut usize) -> Value {
    let Some(text) = block.as_text() else {
        let whole = serde_json::to_value(block).unwrap_or_default();
        return json!({"type": whole.get("type"), "omitted": true});
    };
    let ends = text.text.char_indices().map(|(at, c)| at + c.len_utf8());
    let kept = &text.text[..ends.take_while(|end| end <= left).last().unwrap_or(0)];
    *left -= kept.len();
    if kept.len() == text.text.len() {
        return json!({"type": "text", "text": kept});
    }
    json!({"type": "text", "text": kept, "truncated": true})
}

#[cfg(test)]
mod tests {
    use super::super::result::failure;
    use super::*;
    use rmcp::model::ErrorData;

    fn written(answer: Result<CallToolResult, ErrorData>) -> Value {
        let asked =
            Asked { session: Some("s".into()), client: None, tool: "t".into(), arguments: None };
        let called = Called { server: Some("b".into()), answer };
        line(&asked, &called, Duration::from_millis(7))
    }

    #[test]
    fn is_judged_as_codex_judges() {
        let done = written(Ok(CallToolResult::success(vec![ContentBlock::text("x")])));
        assert_eq!((&done["status"], &done["error"]), (&json!("completed"), &Value::Null));
        let failed = written(Ok(failure("no".into())));
        assert_eq!((&failed["status"], &failed["error"]), (&json!("failed"), &Value::Null));
        assert_eq!(failed["result"]["content"][0]["text"], "no");
        let error = written(Err(ErrorData::invalid_params("bad", None)));
        assert_eq!((&error["status"], &error["error"]), (&json!("failed"), &json!("bad")));
        assert_eq!(error["result"], Value::Null);
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        let text = "ä".repeat(TEXT_LIMIT);
        let content = vec![ContentBlock::text(format!("x{text}")), ContentBlock::text("more")];
        let line = written(Ok(CallToolResult::success(content)));
        let kept = line["result"]["content"][0]["text"].as_str().unwrap();
        assert_eq!(kept.len(), TEXT_LIMIT - 1);
        assert_eq!(line["result"]["content"][0]["truncated"], true);
        assert_eq!(line["result"]["content"][1]["text"], "m");
    }
}
