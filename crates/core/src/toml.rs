//! A parser for TOML that others wrote, however deep it is nested.
//!
//! The parser recurses, and for some wrong texts without a bound of its own: a brace where a key
//! belongs makes it count too few levels. A right text of dotted keys in inline tables is nested
//! thousands of levels deep, and whoever drops or walks it recurses as well. So every level gets
//! its room while the text is parsed, and nothing deep leaves this module.

use std::thread;

use toml_edit::{Document, Item, Value};

/// How deep tables and lists may be nested.
pub const DEEPEST: usize = 100;

/// The most characters that may open a level.
const MOST: usize = 10_000;

/// Bytes of stack for each level that a text may have; 6 KiB were seen at most, in a debug build.
const ROOM: usize = 16 * 1024;

/// Bytes of stack for a text without levels.
const BASE: usize = 512 * 1024;

/// Why a text is not taken.
#[derive(Debug)]
pub struct Refusal {
    /// Where the fault is, in bytes from the start.
    pub offset: usize,
    /// What the fault is.
    pub message: String,
}

/// Parses `text`; what comes back is at most [`DEEPEST`] levels deep.
///
/// # Errors
/// It is no TOML, nested too deep, or the machine has no room for another thread.
pub fn parse(text: &str) -> Result<Document<&str>, Refusal> {
    let levels = text.bytes().filter(|byte| matches!(byte, b'[' | b'{' | b'.')).count();
    if levels > MOST {
        let message = format!("more than {MOST} brackets, braces and dots");
        return Err(Refusal { offset: 0, message });
    }
    let unable = |why: String| Refusal { offset: 0, message: format!("cannot parse it: {why}") };
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(BASE + levels * ROOM);
        let parsing = thread.spawn_scoped(scope, || parse_here(text));
        let parsed = parsing.map_err(|error| unable(error.to_string()))?.join();
        parsed.unwrap_or_else(|_| Err(unable("the parser failed".to_owned())))
    })
}

fn parse_here(text: &str) -> Result<Document<&str>, Refusal> {
    let document = Document::parse(text).map_err(|error| Refusal {
        offset: error.span().unwrap_or(0..0).start,
        message: error.message().trim().replace('\n', ", "),
    })?;
    if depth(document.as_item()) > DEEPEST {
        let message = format!("more than {DEEPEST} levels of tables and lists");
        return Err(Refusal { offset: 0, message });
    }
    Ok(document)
}

fn depth(item: &Item) -> usize {
    let deepest = |items: &mut dyn Iterator<Item = usize>| items.max().unwrap_or(0);
    match item {
        Item::None => 0,
        Item::Value(value) => depth_of_value(value),
        Item::Table(table) => 1 + deepest(&mut table.iter().map(|(_, item)| depth(item))),
        Item::ArrayOfTables(tables) => {
            1 + deepest(&mut tables.iter().flat_map(|t| t.iter()).map(|(_, item)| depth(item)))
        }
    }
}

fn depth_of_value(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(depth_of_value).max().unwrap_or(0),
        Value::InlineTable(table) => {
            1 + table.iter().map(|(_, value)| depth_of_value(value)).max().unwrap_or(0)
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        parse(text).unwrap_err().message
    }

    #[test]
    fn what_makes_the_parser_recurse_without_a_bound_is_refused() {
        let unit = "{{}b=";
        assert!(message(&format!("a = {}", unit.repeat(4_900))).contains("missing key"));
        assert!(message(&format!("a = {}", unit.repeat(200_000))).contains("more than 10000"));
        assert!(parse(&"[".repeat(MOST)).is_err());
        assert!(parse(&format!("a = {}", "[".repeat(MOST))).is_err());
    }

    #[test]
    fn a_right_text_that_is_deep_is_refused_before_anyone_walks_it() {
        let key = vec!["a"; 79].join(".");
        let deep = |levels: usize| {
            format!("{}{key} = 1{}", format!("{key} = {{").repeat(levels), "}".repeat(levels))
        };
        assert!(message(&deep(78)).contains("more than 100 levels"));
        assert!(parse(&deep(0)).is_ok());
    }

    #[test]
    fn a_fault_has_its_place() {
        assert_eq!(parse("a = 1\nb = = 2\n").unwrap_err().offset, 10);
    }

    #[test]
    fn holds_against_whatever_brackets_follow_each_other() {
        let samples: [&[u8]; 3] =
            [b"a = {{}b={c=[{}d=", b"[a.b]\nc.d = [{e.f = {g = []}}]\n", b"[[a]]\n"];
        crate::fuzz::hold(&samples, |bytes| {
            drop(parse(&String::from_utf8_lossy(bytes)));
        });
    }
}
