//! The machine that a bench runs on, as far as it says: whoever compares figures has to know it.

use std::{fs, thread};

use camino::Utf8Path;
use serde_json::{Value, json};

/// What does not change while a bench runs.
pub fn describe(folder: &Utf8Path) -> Value {
    json!({
        "cores": cores(),
        "processor": field("/proc/cpuinfo", "model name"),
        "kernel": first_line("/proc/sys/kernel/osrelease"),
        "memory_kib": field("/proc/meminfo", "MemTotal").and_then(|text| number(&text)),
        "folder": folder.as_str(),
        "filesystem": filesystem(folder, &text("/proc/self/mountinfo")),
    })
}

/// How many processes can run at once.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// How many processes wanted to run, on average over the last 1, 5 and 15 minutes; empty where the
/// system does not say.
pub fn load() -> Vec<f64> {
    let said = text("/proc/loadavg");
    said.split_whitespace().take(3).filter_map(|word| word.parse().ok()).collect()
}

/// What is mounted at the longest path that leads to `folder`.
fn filesystem(folder: &Utf8Path, mounts: &str) -> Option<String> {
    let folder = folder.canonicalize_utf8().unwrap_or_else(|_| folder.to_owned());
    let mounts = mounts.lines().filter_map(|line| {
        let (place, what) = line.split_once(" - ")?;
        Some((place.split(' ').nth(4)?, what.split(' ').next()?))
    });
    let above = mounts.filter(|(place, _)| folder.starts_with(place));
    // Of two at the same place, the later one hides the other.
    above.max_by_key(|(place, _)| place.len()).map(|(_, kind)| kind.to_owned())
}

fn field(path: &str, name: &str) -> Option<String> {
    let text = text(path);
    let mut fields = text.lines().filter_map(|line| line.split_once(':'));
    fields.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
}

fn number(text: &str) -> Option<u64> {
    text.split_whitespace().next()?.parse().ok()
}

fn first_line(path: &str) -> Option<String> {
    text(path).lines().next().map(str::to_owned)
}

fn text(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filesystem_is_that_of_the_longest_path() {
        let mounts = "1 0 8:1 / / rw - ext4 /dev/sda rw\n\
                      2 1 0:2 / /no-such rw shared:1 - tmpfs tmpfs rw\n\
                      3 1 0:3 / /no-such-either rw - xfs /dev/sdb rw\n";
        let of = |folder: &str| filesystem(folder.into(), mounts);
        assert_eq!(of("/no-such/a/b").as_deref(), Some("tmpfs"));
        assert_eq!(of("/no-such-at-all").as_deref(), Some("ext4"));
        assert_eq!(filesystem("/".into(), ""), None);
    }

    #[test]
    fn every_machine_has_a_core() {
        assert!(describe("/".into())["cores"].as_u64().unwrap() > 0);
    }
}
