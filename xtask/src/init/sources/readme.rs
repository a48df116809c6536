//! `README.md`: the blocks of JSON that people copy into their client's list, and the commands for a
//! shell.

use camino::Utf8Path;
use serde_json::Value;
use smoke_mcp::listing::{self, Listed};

use super::of_entry;
use crate::init::command_line;
use crate::init::hint::Hint;
use crate::init::repository::Repository;

/// A hint for each server of each block, and for each command.
pub fn hints(repository: &Repository, folder: &Utf8Path) -> Vec<Hint> {
    let names = ["README.md", "readme.md", "Readme.md", "README.rst", "README", "docs/README.md"];
    let Some(path) = names.iter().map(|name| folder.join(name)).find(|path| repository.has(path))
    else {
        return Vec::new();
    };
    let text = repository.read(&path).unwrap_or_default();
    blocks(&text)
        .flat_map(|(language, block)| match language {
            "sh" | "bash" | "shell" | "console" | "zsh" | "" if !block.contains("\"command\"") => {
                commands(path.as_str(), block)
            }
            _ => entries(path.as_str(), block),
        })
        .collect()
}

/// The fenced blocks of a text, each with the language that it names.
fn blocks(text: &str) -> impl Iterator<Item = (&str, &str)> {
    // What stands between two fences is every second piece.
    text.split("```").skip(1).step_by(2).map(|block| {
        let (language, rest) = block.split_once('\n').unwrap_or((block, ""));
        (language.trim(), rest)
    })
}

/// The servers of a block: a whole list, or a piece of one.
fn entries(file: &str, block: &str) -> Vec<Hint> {
    let trimmed = block.trim().trim_end_matches(',');
    let closed = format!("{{{trimmed}}}");
    let servers = [trimmed, &closed].into_iter().find_map(|text| {
        match listing::read(Utf8Path::new("block.json"), text) {
            Ok(Listed::Servers(servers)) => Some(servers),
            _ => alone(text).map(|entry| vec![(String::new(), entry)]),
        }
    });
    let toml = || match listing::read(Utf8Path::new("block.toml"), block) {
        Ok(Listed::Servers(servers)) => Some(servers),
        _ => None,
    };
    let servers = servers.or_else(toml).unwrap_or_default();
    servers.iter().map(|(_, entry)| of_entry(file, entry)).collect()
}

/// An entry without a name around it.
fn alone(text: &str) -> Option<Value> {
    let entry: Value = serde_json::from_str(&listing::without_comments(text)).ok()?;
    entry["command"].is_string().then_some(entry)
}

/// The lines of a shell that start something.
fn commands(file: &str, block: &str) -> Vec<Hint> {
    let lines = block.replace("\\\n", " ");
    let lines = lines.lines().map(|line| line.trim().trim_start_matches("$ "));
    lines
        .filter_map(|line| {
            // What a client is told to start is as good as an entry of its list.
            let told = line.contains(" mcp add ");
            let line = if told { line.split_once(" -- ")?.1 } else { line };
            let line = line.split(" # ").next()?;
            if line.starts_with('#') || line.contains([';', '|', '&', '>']) {
                return None;
            }
            Some(Hint { line: command_line::of_text(line), is_aside: !told, ..Hint::of(file) })
        })
        .collect()
}
