//! The logs that an agent keeps in its home. Some say only there which server they could not use, and why.

use std::fs::File;
use std::io::Read;

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::text::legible::cut;

/// The most files that are looked at, and of each the most bytes: a home is new, and holds few.
const FILES: usize = 200;
const BYTES: u64 = 1 << 20;
/// The most lines that are kept, and the most characters of each.
const LINES: usize = 6;
const LONGEST: usize = 400;

/// The lines in these `folders` of `home` that speak of a failure of `server`.
pub fn about(home: &Utf8Path, folders: &[&str], server: &str) -> Vec<String> {
    let mut files = Vec::new();
    folders.iter().for_each(|folder| collect(&home.join(folder), &mut files));
    files.sort();
    files.dedup();
    let mut found: Vec<String> = files.iter().flat_map(|path| failures(path, server)).collect();
    found.truncate(LINES);
    found
}

fn collect(folder: &Utf8Path, files: &mut Vec<Utf8PathBuf>) {
    for entry in folder.read_dir_utf8().into_iter().flatten().flatten() {
        if files.len() >= FILES {
            return;
        }
        let is_log = |name: &str| [".log", ".jsonl", ".txt"].iter().any(|end| name.ends_with(end));
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect(entry.path(), files),
            Ok(kind) if kind.is_file() && is_log(entry.file_name()) => {
                files.push(entry.into_path())
            }
            _ => {}
        }
    }
}

fn failures(path: &Utf8Path, server: &str) -> Vec<String> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(BYTES).read_to_end(&mut bytes));
    if read.is_err() {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(&bytes);
    // Some have a file for each server, whose name says which.
    let is_servers = path.as_str().ends_with(&format!("-{server}"))
        || path.parent().is_some_and(|folder| folder.as_str().ends_with(&format!("-{server}")));
    let speaks = |line: &&str| {
        let small = line.to_lowercase();
        let failed =
            ["error", "fail", "unavailable", "refused"].iter().any(|word| small.contains(word));
        failed && (is_servers || line.contains(server)) && (is_servers || small.contains("mcp"))
    };
    text.lines().filter(speaks).take(LINES).map(|line| cut(line, LONGEST)).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_a_log_says_of_the_server_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let home = Utf8Path::from_path(folder.path()).unwrap();
        let write = |name: &str, text: &str| {
            let path = home.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(
            "log/one.log",
            "INFO mcp stack found\nERROR mcp stack: unavailable\nERROR mcp other: failed\n",
        );
        write(
            "cache/mcp-logs-stack/1.jsonl",
            "{\"error\":\"connection refused\"}\n{\"debug\":1}\n",
        );
        write("log/secret.json", "mcp stack error");
        let found = about(home, &["log", "cache", "absent"], "stack");
        assert_eq!(found, ["{\"error\":\"connection refused\"}", "ERROR mcp stack: unavailable"]);
    }
}
