//! The search of files for lines.

use std::io::Read;

use camino::Utf8Path;
use regex::Regex;
use serde::Serialize;

use super::confine::Root;
use super::find::walk;

/// The largest file that is searched, in bytes.
const FILE_LIMIT: u64 = 16 * 1024 * 1024;

/// A file with a NUL in this many first bytes is taken for binary and passed over.
const BINARY_PROBE: usize = 8192;

/// As much of a line as is shown, in characters.
const LINE_LIMIT: usize = 500;

/// As many lines as one search finds.
pub const MATCH_LIMIT: usize = 1000;

/// A line that matched.
#[derive(Debug, Serialize)]
pub struct Match {
    /// The file, relative to the root.
    pub path: String,
    /// Counted from 1.
    pub line: usize,
    /// The line itself, cut when it is very long.
    pub text: String,
}

/// What is searched for.
pub struct Query {
    /// What a line must hold.
    pub pattern: Regex,
    /// Whether to go into folders of folders.
    pub recursive: bool,
    /// The most matches in one file.
    pub max_count: usize,
}

/// All matches below `path`, up to [`MATCH_LIMIT`] together with those found before.
///
/// # Errors
/// A path that leads outside the root or to nothing.
pub fn search(
    root: &Root,
    path: &str,
    query: &Query,
    found: &mut Vec<Match>,
) -> Result<(), String> {
    let real = root.resolve(path)?;
    if !real.is_dir() {
        root.open_real(&real).map_err(|why| format!("{path}: {why}"))?;
        search_file(root, &real, query, found);
        return Ok(());
    }
    walk(&real, &mut |entry| {
        if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            search_file(root, entry.path(), query, found);
        }
        (found.len() < MATCH_LIMIT).then_some(query.recursive)
    });
    Ok(())
}

/// A file that cannot be read, is binary or is too large has no matches.
fn search_file(root: &Root, real: &Utf8Path, query: &Query, found: &mut Vec<Match>) {
    let Some(bytes) = read(root, real) else { return };
    let room = MATCH_LIMIT.saturating_sub(found.len()).min(query.max_count);
    let text = String::from_utf8_lossy(&bytes);
    let matching = text.lines().enumerate().filter(|(_, line)| query.pattern.is_match(line));
    found.extend(matching.take(room).map(|(index, line)| Match {
        path: root.relative(real).to_owned(),
        line: index + 1,
        text: line.chars().take(LINE_LIMIT).collect(),
    }));
}

fn read(root: &Root, real: &Utf8Path) -> Option<Vec<u8>> {
    let mut file = root.open_real(real).ok()?;
    if file.metadata().ok()?.len() > FILE_LIMIT {
        return None;
    }
    let mut bytes = Vec::new();
    (&mut file).take(BINARY_PROBE as u64).read_to_end(&mut bytes).ok()?;
    if bytes.contains(&0) {
        return None;
    }
    file.take(FILE_LIMIT).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
