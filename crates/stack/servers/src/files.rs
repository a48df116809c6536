//! The operations of `workspace_fs_read`, a function for each.

use std::io::{BufRead, BufReader, Read};
use std::time::SystemTime;

use camino::Utf8DirEntry;
use serde_json::{Value, json};

use super::confine::Root;
use super::find::{entries, walk};
use super::tool::Answer;
use super::wildcard;

/// As much of a file as is read in one call, in bytes.
pub const READ_LIMIT: u64 = 1024 * 1024;

/// As many entries, matches or lines as one answer has.
pub const ENTRY_LIMIT: usize = 2000;

/// A file from its start.
pub fn read_file(root: &Root, path: &str) -> Result<Answer, String> {
    let file = root.open_file(path)?;
    let size = file.metadata().map_err(|error| format!("{path}: {error}"))?.len();
    let mut bytes = Vec::new();
    file.take(READ_LIMIT).read_to_end(&mut bytes).map_err(|error| format!("{path}: {error}"))?;
    let truncated = size > bytes.len() as u64;
    let content = text(path, bytes, truncated)?;
    let structured = json!({"operation": "read_file", "path": path, "content": content,
        "size": size, "truncated": truncated});
    Ok(Answer { text: content, structured })
}

/// Lines `start` to `end` of a file, counted from 1, both included.
pub fn read_lines(
    root: &Root,
    path: &str,
    start: usize,
    end: Option<usize>,
) -> Result<Answer, String> {
    if start == 0 || end.is_some_and(|end| end < start) {
        return Err("lines count from 1, and end_line must not be before start_line".to_owned());
    }
    let wanted = end.map_or(ENTRY_LIMIT, |end| (end - start + 1).min(ENTRY_LIMIT));
    let file = BufReader::new(root.open_file(path)?);
    let mut lines = Vec::new();
    let mut used = 0;
    for line in file.split(b'\n').skip(start - 1).take(wanted) {
        let line = line.map_err(|error| format!("{path}: {error}"))?;
        used += line.len() as u64;
        if used > READ_LIMIT {
            break;
        }
        lines.push(text(path, line, false)?);
    }
    let structured = json!({"operation": "read_file_lines", "path": path, "start_line": start,
        "end_line": start + lines.len().max(1) - 1, "lines": lines});
    Ok(Answer { text: lines.join("\n"), structured })
}

/// What is in a folder.
pub fn list_directory(root: &Root, path: &str) -> Result<Answer, String> {
    let folder = root.resolve(path)?;
    if !folder.is_dir() {
        return Err(format!("{path}: is no folder"));
    }
    let all = entries(&folder);
    let shown = &all[..all.len().min(ENTRY_LIMIT)];
    let lines: Vec<_> = shown.iter().map(line).collect();
    let structured = json!({"operation": "list_directory", "path": path,
        "entries": shown.iter().map(entry).collect::<Vec<_>>(),
        "truncated": shown.len() < all.len()});
    Ok(Answer { text: lines.join("\n"), structured })
}

/// The files and folders below `path` whose name, or whose path when the pattern has a `/`, fits.
pub fn search(root: &Root, path: &str, pattern: &str) -> Result<Answer, String> {
    let folder = root.resolve(path)?;
    let mut found = Vec::new();
    let whole = walk(&folder, &mut |entry| {
        let relative = root.relative(entry.path());
        let subject = if pattern.contains('/') { relative } else { entry.file_name() };
        if wildcard::matches(pattern, subject) {
            found.push(relative.to_owned());
        }
        (found.len() < ENTRY_LIMIT).then_some(true)
    });
    let structured = json!({"operation": "search_files", "path": path, "matches": found,
        "truncated": whole.is_none()});
    Ok(Answer { text: found.join("\n"), structured })
}

/// What a path is.
pub fn info(root: &Root, path: &str) -> Result<Answer, String> {
    let meta = root.resolve(path)?.metadata().map_err(|error| format!("{path}: {error}"))?;
    let kind = kind(meta.file_type());
    let modified = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    let modified = humantime::format_rfc3339_millis(modified).to_string();
    let structured = json!({"operation": "get_file_info", "path": path, "kind": kind,
        "size": meta.len(), "modified": modified});
    Ok(Answer { text: format!("{path}: {kind}, {} bytes, {modified}", meta.len()), structured })
}

/// Bytes as text. A limit may have cut the last character in two; a NUL means that it is no text.
fn text(path: &str, bytes: Vec<u8>, cut: bool) -> Result<String, String> {
    let not_text = || format!("{path}: is not UTF-8 text");
    if bytes.contains(&0) {
        return Err(not_text());
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) if cut && error.utf8_error().error_len().is_none() => {
            let valid = error.utf8_error().valid_up_to();
            String::from_utf8(error.into_bytes()[..valid].to_vec()).map_err(|_| not_text())
        }
        Err(_) => Err(not_text()),
    }
}

fn entry(entry: &Utf8DirEntry) -> Value {
    let kind = entry.file_type().map_or("other", kind);
    let size = entry.metadata().ok().filter(|_| kind == "file").map(|meta| meta.len());
    json!({"name": entry.file_name(), "kind": kind, "size": size})
}

fn line(entry: &Utf8DirEntry) -> String {
    match entry.file_type() {
        Ok(kind) if kind.is_dir() => format!("{}/", entry.file_name()),
        _ => entry.file_name().to_owned(),
    }
}

fn kind(kind: std::fs::FileType) -> &'static str {
    match kind {
        kind if kind.is_dir() => "directory",
        kind if kind.is_file() => "file",
        kind if kind.is_symlink() => "symlink",
        _ => "other",
    }
}
