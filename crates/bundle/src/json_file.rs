//! JSON files as the stack writes them: two spaces of indent, a final newline, and an order of
//! keys that stays as it was.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};

use anyhow::{Context, Result, anyhow, bail};
use camino::Utf8Path;
use serde_json::{Map, Value};

/// The largest JSON file that is read, in bytes. A bundle of 100,000 servers is about 30 MB; what
/// is larger than this is not a config file but a mistake.
pub const MAX_BYTES: u64 = 64 << 20;

/// The object in the file at `path`, or nothing when there is no such file.
pub fn read_object(path: &Utf8Path) -> Result<Option<Map<String, Value>>> {
    match read_text(path)? {
        Some(text) => parse_object(path, &text).map(Some),
        None => Ok(None),
    }
}

/// The text of the file at `path`, or nothing when there is no such file.
pub fn read_text(path: &Utf8Path) -> Result<Option<String>> {
    let meta = match fs::metadata(path) {
        Ok(meta) => meta,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("read {path}")),
    };
    if !meta.is_file() {
        bail!("{path}: this is no regular file; put a JSON file there");
    }
    let mut bytes = Vec::new();
    let mut limited = File::open(path).with_context(|| format!("read {path}"))?.take(MAX_BYTES + 1);
    if meta.len() <= MAX_BYTES {
        limited.read_to_end(&mut bytes).with_context(|| format!("read {path}"))?;
    }
    if meta.len().max(bytes.len() as u64) > MAX_BYTES {
        bail!("{path}: larger than the {} MiB that a JSON file may have", MAX_BYTES >> 20);
    }
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let (line, column) = end_of(&String::from_utf8_lossy(before));
        anyhow!("{path}:{line}:{column}: this is not UTF-8; save the file as UTF-8")
    })
}

/// The line and the column, both from 1 and in characters, of what would follow `text`.
pub fn end_of(text: &str) -> (usize, usize) {
    let line = text.rfind('\n').map_or(text, |at| &text[at + 1..]);
    (text.matches('\n').count() + 1, line.chars().count() + 1)
}

/// Reads `text`, which came from `path`, as one JSON object.
pub fn parse_object(path: &Utf8Path, text: &str) -> Result<Map<String, Value>> {
    match serde_json::from_str(without_mark(text)) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(other) => bail!("{path}:1:1: expected a JSON object, found {}", kind(&other)),
        Err(error) => {
            let (line, column) = (error.line(), error.column().max(1));
            let what = error.to_string();
            let what = what.split(" at line ").next().unwrap_or(&what);
            bail!("{path}:{line}:{column}: not valid JSON: {what}")
        }
    }
}

/// The text without the byte order mark that some editors put first.
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The bytes of the file that holds `value`.
pub fn to_bytes(value: &Map<String, Value>) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value).context("write JSON")?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The value's kind, for messages.
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_syntax_error_has_its_place() {
        let error = parse_object(Utf8Path::new("c.json"), "{\n  \"a\": ]\n}").unwrap_err();
        assert!(error.to_string().starts_with("c.json:2:8: not valid JSON"), "{error}");
    }

    #[test]
    fn bytes_that_are_no_text_have_their_place() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = Utf8Path::from_path(file.path()).unwrap();
        std::fs::write(path, b"{\n\"\xc3\xbc\": \"\xff\"}").unwrap();
        let error = read_object(path).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{path}:2:7: this is not UTF-8")), "{error}");
    }

    #[test]
    fn a_list_is_no_object() {
        let error = parse_object(Utf8Path::new("c.json"), "[]").unwrap_err();
        assert_eq!(error.to_string(), "c.json:1:1: expected a JSON object, found an array");
    }

    #[test]
    fn what_is_too_large_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join("big.json");
        File::create(&path).unwrap().set_len(MAX_BYTES + 1).unwrap();
        assert!(read_object(&path).unwrap_err().to_string().contains("64 MiB"));
    }

    #[test]
    fn writes_two_spaces_plain_letters_and_a_newline() {
        let object = parse_object(Utf8Path::new("c"), r#"{"b":["ü"],"a":{}}"#).unwrap();
        let text = String::from_utf8(to_bytes(&object).unwrap()).unwrap();
        assert_eq!(text, "{\n  \"b\": [\n    \"ü\"\n  ],\n  \"a\": {}\n}\n");
    }
}
