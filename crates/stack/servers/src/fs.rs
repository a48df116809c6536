//! `workspace_fs_read`: reading files and folders below a root.

use rmcp::model::{JsonObject, Tool};
use serde::Deserialize;
use serde_json::json;

use super::confine::Root;
use super::files;
use super::tool::{self, Answer, Hints, OneTool};

/// The reader of one root.
pub struct Fs {
    root: Root,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Operation {
    ReadFile,
    ReadFileLines,
    ListDirectory,
    SearchFiles,
    GetFileInfo,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    operation: Operation,
    path: Option<String>,
    start_line: Option<usize>,
    end_line: Option<usize>,
    pattern: Option<String>,
}

impl Fs {
    /// A reader of what is below `root`.
    pub fn new(root: Root) -> Fs {
        Fs { root }
    }
}

impl OneTool for Fs {
    fn describe(&self) -> Tool {
        let hints = Hints {
            title: "Read the workspace",
            read_only: true,
            destructive: false,
            idempotent: true,
        };
        let input = json!({"type": "object", "required": ["operation"],
            "additionalProperties": false, "properties": {
            "operation": {"type": "string", "enum": ["read_file", "read_file_lines",
                "list_directory", "search_files", "get_file_info"], "description":
                "What to do. read_file: a text file, up to 1 MiB. read_file_lines: some of its \
                lines. list_directory: what is in a folder. search_files: paths below a folder \
                by name. get_file_info: kind, size and time."},
            "path": {"type": "string", "description": "A path below the root, relative to it. \
                Needed by read_file, read_file_lines and get_file_info; the root itself \
                otherwise."},
            "start_line": {"type": "integer", "minimum": 1, "default": 1,
                "description": "read_file_lines: the first line, counted from 1."},
            "end_line": {"type": "integer", "minimum": 1,
                "description": "read_file_lines: the last line; at most 2000 lines come back."},
            "pattern": {"type": "string", "description": "search_files: a name such as *.md, \
                with * and ?; with a / in it, a whole path."}}});
        let output = json!({"type": "object", "required": ["operation", "path"], "properties": {
            "operation": {"type": "string"}, "path": {"type": "string"},
            "content": {"type": "string"}, "size": {"type": "integer"},
            "truncated": {"type": "boolean"}, "start_line": {"type": "integer"},
            "end_line": {"type": "integer"}, "kind": {"type": "string"},
            "modified": {"type": "string"},
            "lines": {"type": "array", "items": {"type": "string"}},
            "matches": {"type": "array", "items": {"type": "string"}},
            "entries": {"type": "array", "items": {"type": "object"}}}});
        tool::tool(
            "workspace_fs_read",
            "Reads files and folders of the workspace.",
            hints,
            input,
            output,
        )
    }

    fn call(&self, arguments: JsonObject) -> Result<Answer, String> {
        let arguments: Arguments = tool::arguments(arguments)?;
        let path = arguments.path.as_deref();
        let needed = path.ok_or_else(|| "this operation needs a path".to_owned());
        let folder = path.unwrap_or(".");
        match arguments.operation {
            Operation::ReadFile => files::read_file(&self.root, needed?),
            Operation::ReadFileLines => {
                let start = arguments.start_line.unwrap_or(1);
                files::read_lines(&self.root, needed?, start, arguments.end_line)
            }
            Operation::ListDirectory => files::list_directory(&self.root, folder),
            Operation::GetFileInfo => files::info(&self.root, needed?),
            Operation::SearchFiles => match arguments.pattern.as_deref() {
                Some(pattern) => files::search(&self.root, folder, pattern),
                None => Err("search_files needs a pattern".to_owned()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use camino::Utf8Path;
    use serde_json::Value;
    use std::fs::{create_dir, write};

    fn with_files(check: impl Fn(&Fs)) {
        let folder = tempfile::tempdir().unwrap();
        let top = Utf8Path::from_path(folder.path()).unwrap();
        create_dir(top.join("sub")).unwrap();
        write(top.join("README.md"), "one\ntwo ä\nthree\n").unwrap();
        write(top.join("sub/a.rs"), "fn").unwrap();
        write(top.join("binary"), [0, 1, 2]).unwrap();
        check(&Fs::new(Root::open(top).unwrap()));
    }

    fn call(fs: &Fs, arguments: Value) -> Result<Answer, String> {
        fs.call(arguments.as_object().unwrap().clone())
    }

    #[test]
    fn reads_lists_searches_and_describes() {
        with_files(|fs| {
            let read = call(fs, json!({"operation": "read_file", "path": "README.md"})).unwrap();
            assert_eq!(read.text, "one\ntwo ä\nthree\n");
            let lines = json!({"operation": "read_file_lines", "path": "README.md",
                "start_line": 2, "end_line": 2});
            let lines = call(fs, lines).unwrap();
            assert_eq!(lines.structured["lines"], json!(["two ä"]));
            assert_eq!(lines.structured["end_line"], 2);
            let list = call(fs, json!({"operation": "list_directory"})).unwrap();
            assert_eq!(list.text, "README.md\nbinary\nsub/");
            let found = call(fs, json!({"operation": "search_files", "pattern": "*.rs"})).unwrap();
            assert_eq!(found.structured["matches"], json!(["sub/a.rs"]));
            let found = call(fs, json!({"operation": "search_files", "pattern": "sub/*"})).unwrap();
            assert_eq!(found.text, "sub/a.rs");
            let info = call(fs, json!({"operation": "get_file_info", "path": "sub"})).unwrap();
            assert_eq!(info.structured["kind"], "directory");
        });
    }

    #[test]
    fn says_what_is_wrong() {
        with_files(|fs| {
            let error = |arguments| call(fs, arguments).unwrap_err();
            assert!(error(json!({"operation": "write"})).contains("unknown variant `write`"));
            assert!(error(json!({"operation": "read_file"})).contains("needs a path"));
            let binary = json!({"operation": "read_file", "path": "binary"});
            assert!(error(binary).contains("is not UTF-8 text"));
            let missing = json!({"operation": "read_file", "path": "nope"});
            assert!(error(missing).contains("nope: No such file"));
            let zero =
                json!({"operation": "read_file_lines", "path": "README.md", "start_line": 0});
            assert!(error(zero).contains("count from 1"));
        });
    }
}
