//! `grep`: finding text below a root.

use regex::RegexBuilder;
use rmcp::model::{JsonObject, Tool};
use serde::Deserialize;
use serde_json::json;

use super::confine::Root;
use super::search::{self, MATCH_LIMIT, Match, Query};
use super::tool::{self, Answer, Hints, OneTool};

/// The finder for one root.
pub struct Grep {
    root: Root,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    pattern: String,
    #[serde(default = "here")]
    paths: Vec<String>,
    #[serde(default = "yes")]
    recursive: bool,
    #[serde(default = "yes")]
    regexp: bool,
    #[serde(default = "yes")]
    line_number: bool,
    #[serde(default)]
    ignore_case: bool,
    max_count: Option<usize>,
}

fn here() -> Vec<String> {
    vec![".".to_owned()]
}

fn yes() -> bool {
    true
}

impl Grep {
    /// A finder for what is below `root`.
    pub fn new(root: Root) -> Grep {
        Grep { root }
    }
}

impl OneTool for Grep {
    fn describe(&self) -> Tool {
        let hints =
            Hints { title: "Search text", read_only: true, destructive: false, idempotent: true };
        let input = json!({"type": "object", "required": ["pattern"],
            "additionalProperties": false, "properties": {
            "pattern": {"type": "string", "description": "What a line must hold."},
            "paths": {"type": "array", "items": {"type": "string"}, "default": ["."],
                "description": "Files and folders below the root, relative to it."},
            "recursive": {"type": "boolean", "default": true,
                "description": "Whether to search folders within the folders."},
            "regexp": {"type": "boolean", "default": true,
                "description": "Whether the pattern is a regular expression; text otherwise."},
            "line_number": {"type": "boolean", "default": true,
                "description": "Whether the text of the answer has line numbers."},
            "ignore_case": {"type": "boolean", "default": false,
                "description": "Whether small and capital letters are the same."},
            "max_count": {"type": "integer", "minimum": 1,
                "description": "The most matches in one file."}}});
        let found = json!({"type": "object", "required": ["path", "line", "text"],
            "properties": {"path": {"type": "string"}, "line": {"type": "integer"},
            "text": {"type": "string"}}});
        let output = json!({"type": "object", "required": ["matches", "truncated"],
            "properties": {"matches": {"type": "array", "items": found},
            "truncated": {"type": "boolean"}}});
        let text = "Finds lines in files of the workspace; .git, binary files and links are \
            passed over.";
        tool::tool("grep", text, hints, input, output)
    }

    fn call(&self, arguments: JsonObject) -> Result<Answer, String> {
        let arguments: Arguments = tool::arguments(arguments)?;
        let query = query(&arguments)?;
        let mut found = Vec::new();
        for path in &arguments.paths {
            search::search(&self.root, path, &query, &mut found)?;
        }
        let truncated = found.len() >= MATCH_LIMIT;
        let mut lines: Vec<_> = found.iter().map(|m| line(m, arguments.line_number)).collect();
        if truncated {
            lines.push(format!("(the first {MATCH_LIMIT} matches; there may be more)"));
        }
        Ok(Answer {
            text: lines.join("\n"),
            structured: json!({"matches": found, "truncated": truncated}),
        })
    }
}

fn query(arguments: &Arguments) -> Result<Query, String> {
    let pattern = match arguments.regexp {
        true => arguments.pattern.clone(),
        false => regex::escape(&arguments.pattern),
    };
    let pattern = RegexBuilder::new(&pattern).case_insensitive(arguments.ignore_case).build();
    Ok(Query {
        pattern: pattern.map_err(|error| format!("pattern: {error}"))?,
        recursive: arguments.recursive,
        max_count: arguments.max_count.unwrap_or(usize::MAX),
    })
}

fn line(found: &Match, numbered: bool) -> String {
    match numbered {
        true => format!("{}:{}:{}", found.path, found.line, found.text),
        false => format!("{}:{}", found.path, found.text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use camino::Utf8Path;
    use serde_json::Value;
    use std::fs::{create_dir_all, write};

    fn grep(arguments: Value) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let top = Utf8Path::from_path(folder.path()).unwrap();
        create_dir_all(top.join("sub/.git")).unwrap();
        write(top.join("a.txt"), "x.y\nxzy\nX.Y\n").unwrap();
        write(top.join("sub/b.txt"), "x.y\n").unwrap();
        write(top.join("sub/.git/c.txt"), "x.y\n").unwrap();
        write(top.join("binary"), b"\0x.y\n").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", top.join("link")).unwrap();
        let grep = Grep::new(Root::open(top).unwrap());
        grep.call(arguments.as_object().unwrap().clone()).map(|answer| answer.text)
    }

    #[test]
    fn finds_what_the_options_say() {
        for (arguments, expected) in [
            (json!({"pattern": "x.y"}), "a.txt:1:x.y\na.txt:2:xzy\nsub/b.txt:1:x.y"),
            (json!({"pattern": "x.y", "regexp": false}), "a.txt:1:x.y\nsub/b.txt:1:x.y"),
            (json!({"pattern": "x.y", "recursive": false}), "a.txt:1:x.y\na.txt:2:xzy"),
            (
                json!({"pattern": "x.y", "max_count": 1, "line_number": false}),
                "a.txt:x.y\nsub/b.txt:x.y",
            ),
            (
                json!({"pattern": "X\\.y", "ignore_case": true, "paths": ["a.txt"]}),
                "a.txt:1:x.y\na.txt:3:X.Y",
            ),
            (json!({"pattern": "root"}), ""),
            (json!({"pattern": "x", "paths": []}), ""),
        ] {
            assert_eq!(grep(arguments.clone()).unwrap(), expected, "{arguments}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        assert!(grep(json!({"pattern": "("})).unwrap_err().contains("unclosed group"));
        let outside = grep(json!({"pattern": "root", "paths": ["link"]}));
        assert!(outside.unwrap_err().contains("leads outside the root"));
        let missing = grep(json!({"pattern": "x", "paths": ["nope"]}));
        assert!(missing.unwrap_err().contains("nope"));
    }
}
