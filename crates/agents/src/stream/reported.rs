//! What a tool said of its failure, in what agents say of it that are made of Gemini's code.

use smoke_json::Json;

/// What comes between their own words and the answer of the tool, which is a list of JSON.
const BETWEEN: &str = " with response: ";

/// The words of the tool in `message`, if it is such a message.
pub fn reported(message: &str) -> Option<String> {
    let start = message.starts_with("MCP tool ").then_some(message.find(BETWEEN)?)?;
    let answer = Json::array(message[start + BETWEEN.len()..].trim_end().as_bytes())?;
    let response = answer.elements().next()?.field("functionResponse").field("response");
    let [content, error] = response.fields(["content", "error"]);
    let blocks = if content.is_array() { content } else { error.field("content") };
    let texts: Vec<_> = blocks.elements().map(|block| block.field("text").text()).collect();
    let words =
        if blocks.is_array() { texts.join("\n") } else { error.field("message").text().into() };
    (!words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_tool_are_found() {
        let message = |response: &str| {
            format!(
                "MCP tool 'a' reported tool error for function call: {{\"name\":\"a\"}} with response: \
                 [{{\"functionResponse\":{{\"name\":\"a\",\"response\":{response}}}}}]"
            )
        };
        let blocks = r#"{"content":[{"type":"text","text":"no"},{"type":"text","text":"more"}]}"#;
        let table = [
            (message(blocks), Some("no\nmore")),
            (message(&format!(r#"{{"error":{blocks}}}"#)), Some("no\nmore")),
            (message(r#"{"error":{"message":"down","isError":true}}"#), Some("down")),
            (message("{}"), None),
            (message("{"), None),
            ("no such tool with response: []".to_owned(), None),
        ];
        for (message, expected) in table {
            assert_eq!(reported(&message).as_deref(), expected, "{message}");
        }
    }
}
