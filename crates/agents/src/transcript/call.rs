//! One tool call of a transcript.

use std::fmt;

use serde_json::Value;

/// A call as its last event left it.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The item's id; unique within one thread only.
    pub id: String,
    /// The server as the agent knows it.
    pub server: String,
    /// The tool as the agent calls it.
    pub tool: String,
    /// The arguments, null when there are none.
    pub arguments: Value,
    /// How the call ended, or that it has not.
    pub status: Status,
    /// `{content, structured_content}`, if the tool gave a result.
    pub result: Option<Value>,
    /// The error's message without its backtrace.
    pub error: Option<String>,
    /// How long it took, where that is told.
    pub duration_ms: Option<u64>,
    /// Whether a part of the arguments or of the result was too large to keep.
    pub truncated: bool,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// The tool gave a result that is no error.
    Completed,
    /// The tool, the server or the agent says that the call failed.
    Failed,
    /// The transcript has no end of the call.
    InProgress,
    /// A status that this version does not know.
    Other(String),
}

impl Call {
    /// The text of the result: its text blocks, the addresses of resources in it, and then its structured
    /// content as JSON, by lines.
    pub fn result_text(&self) -> String {
        let Some(result) = &self.result else { return String::new() };
        let addresses = self.blocks().filter_map(|block| resource(block)["uri"].as_str());
        let mut texts: Vec<String> =
            self.text_blocks().chain(addresses).map(str::to_owned).collect();
        match &result["structured_content"] {
            Value::Null => {}
            structured => texts.push(structured.to_string()),
        }
        texts.join("\n")
    }

    /// The text blocks of the result, and the resources in it that are text.
    pub fn text_blocks(&self) -> impl Iterator<Item = &str> {
        self.blocks().filter_map(|block| resource(block)["text"].as_str())
    }

    /// The types of the result's blocks, such as `image`.
    pub fn block_types(&self) -> Vec<&str> {
        self.blocks().filter_map(|block| block["type"].as_str()).collect()
    }

    fn blocks(&self) -> impl Iterator<Item = &Value> {
        let content = self.result.as_ref().and_then(|result| result["content"].as_array());
        content.into_iter().flatten()
    }

    /// Why the call failed, in the words of the error or else of the result; empty when unsaid.
    pub fn message(&self) -> String {
        self.error.clone().unwrap_or_else(|| self.text_blocks().collect::<Vec<_>>().join("\n"))
    }
}

/// The resource that is embedded in a block, or the block itself.
fn resource(block: &Value) -> &Value {
    block.get("resource").filter(|resource| resource.is_object()).unwrap_or(block)
}

impl Status {
    /// The status as a transcript names it.
    pub fn as_str(&self) -> &str {
        match self {
            Status::Completed => "completed",
            Status::Failed => "failed",
            Status::InProgress => "in_progress",
            Status::Other(other) => other,
        }
    }
}

impl From<&str> for Status {
    fn from(text: &str) -> Status {
        match text {
            "completed" => Status::Completed,
            "failed" => Status::Failed,
            "in_progress" => Status::InProgress,
            other => Status::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error message without the backtrace that Codex adds to it.
pub fn without_backtrace(message: &str) -> &str {
    let end = message.find("\nStack backtrace:").unwrap_or(message.len());
    message[..end].trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backtrace_is_cut_and_nothing_else() {
        let message = "tool call error\n\nCaused by:\n    no\n\nStack backtrace:\n   0: <unknown>";
        assert_eq!(without_backtrace(message), "tool call error\n\nCaused by:\n    no");
        assert_eq!(without_backtrace("the Stack backtrace: x"), "the Stack backtrace: x");
    }
}
