//! One tool call of a transcript.

use std::fmt;

use serde_json::Value;

use smoke_json::KeptJson;

/// A call as its last event left it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Call {
    /// Its id; unique within one thread only.
    pub id: String,
    /// The server as the agent knows it; empty where that cannot be told.
    pub server: String,
    /// The tool, by the name that the server gives it as far as that can be told.
    pub tool: String,
    /// The one name that the agent's model has for both; empty where the agent tells them apart.
    pub alias: String,
    /// Whether the tool is told by the very name that its server gives it, beside that other name.
    pub has_own_name: bool,
    /// The arguments, null when there are none.
    pub arguments: KeptJson,
    /// How the call ended, or that it has not.
    pub status: Status,
    /// `{content, structured_content}`, if the tool gave a result.
    pub result: Option<KeptJson>,
    /// The error's message without its backtrace.
    pub error: Option<String>,
    /// What kind of failure it was, where that is told.
    pub failure: Option<Failure>,
    /// When it began, in milliseconds since 1970, where that is told.
    pub began_ms: Option<u64>,
    /// How long it took, where that is told.
    pub duration_ms: Option<u64>,
    /// Whether a part of the arguments or of the result was too large to keep.
    pub truncated: bool,
}

/// How a call ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// The tool gave a result that is no error.
    Completed,
    /// The tool, the server or the agent says that the call failed.
    Failed,
    /// The transcript has no end of the call.
    #[default]
    InProgress,
    /// A status that this version does not know.
    Other(String),
}

/// A failure for which the tool is not to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The agent did not allow the call.
    Refused,
    /// The agent knows no such tool.
    Unknown,
}

impl Call {
    /// The text of the result: its text blocks, the addresses of resources in it, and then its structured
    /// content as JSON, by lines.
    pub fn result_text(&self) -> String {
        let Some(result) = self.result.as_ref().map(KeptJson::value) else { return String::new() };
        let addresses = blocks(&result).filter_map(|block| resource(block)["uri"].as_str());
        let mut texts: Vec<String> = texts(&result).chain(addresses).map(str::to_owned).collect();
        match &result["structured_content"] {
            Value::Null => {}
            structured => texts.push(structured.to_string()),
        }
        texts.join("\n")
    }

    /// The text blocks of the result, and the resources in it that are text.
    pub fn text_blocks(&self) -> Vec<String> {
        let result = self.result.as_ref().map(KeptJson::value).unwrap_or_default();
        texts(&result).map(str::to_owned).collect()
    }

    /// The types of the result's blocks, such as `image`.
    pub fn block_types(&self) -> Vec<String> {
        let result = self.result.as_ref().map(KeptJson::value).unwrap_or_default();
        blocks(&result).filter_map(|block| block["type"].as_str().map(str::to_owned)).collect()
    }

    /// The structured content of the result, null when there is none.
    pub fn structured_content(&self) -> Value {
        self.result
            .as_ref()
            .map(|result| result.value()["structured_content"].take())
            .unwrap_or_default()
    }

    /// Why the call failed, in the words of the error or else of the result; empty when unsaid.
    pub fn message(&self) -> String {
        self.error.clone().unwrap_or_else(|| self.text_blocks().join("\n"))
    }
}

fn blocks(result: &Value) -> impl Iterator<Item = &Value> {
    result["content"].as_array().into_iter().flatten()
}

fn texts(result: &Value) -> impl Iterator<Item = &str> {
    blocks(result).filter_map(|block| resource(block)["text"].as_str())
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
