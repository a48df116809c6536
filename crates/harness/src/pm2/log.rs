//! The log of pm2's own daemon.

use std::io::{Read, Seek, SeekFrom};

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::files;

/// The daemon's log in its home.
pub fn path(home: &Utf8Path) -> Utf8PathBuf {
    home.join("pm2.log")
}

/// How long the log is by now, in bytes.
pub fn length(home: &Utf8Path) -> u64 {
    path(home).metadata().map_or(0, |meta| meta.len())
}

/// What was written since the log was `from` bytes long; at most the last part of it.
pub fn since(home: &Utf8Path, from: u64) -> String {
    const MOST: u64 = 256 * 1024;
    let mut bytes = Vec::new();
    let from = from.max(length(home).saturating_sub(MOST));
    // A log that cannot be read says nothing.
    let _ = files::open(&path(home)).and_then(|mut file| {
        file.seek(SeekFrom::Start(from))?;
        file.take(MOST).read_to_end(&mut bytes)
    });
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The line that says that the daemon lost the pipe to whoever started it. It may live on after
/// that, and answer, but it has no apps.
pub fn lost_pipe(log: &str) -> Option<&str> {
    log.lines().find(|line| line.contains("write EPIPE"))
}

/// The versions of pm2 and of node that a daemon names when it starts.
pub fn versions(log: &str) -> Vec<(&'static str, String)> {
    let of = |label: &str| {
        let line = log.lines().rev().find(|line| line.contains(label))?;
        let version = line.split_once(label)?.1.trim_start_matches([' ', ':']).trim();
        Some(version.to_owned()).filter(|version| !version.is_empty())
    };
    let known = [("pm2", of("PM2 version")), ("node", of("Node.js version"))];
    known.into_iter().filter_map(|(program, version)| Some((program, version?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "2026-11-22T19:19:36: PM2 log: PM2 version          : 6.0.14\n\
        2026-11-22T19:19:36: PM2 log: Node.js version      : 20.20.2\n\
        2026-11-22T19:25:23: PM2 error: Error: write EPIPE\n";

    #[test]
    fn reads_versions_and_the_lost_pipe() {
        assert_eq!(versions(LOG), [("pm2", "6.0.14".to_owned()), ("node", "20.20.2".to_owned())]);
        assert!(lost_pipe(LOG).is_some_and(|line| line.ends_with("Error: write EPIPE")));
        assert!(versions("").is_empty() && lost_pipe("all is well").is_none());
    }

    #[test]
    fn reads_what_is_new() {
        let folder = tempfile::tempdir().unwrap();
        let home = Utf8Path::from_path(folder.path()).unwrap();
        assert_eq!((length(home), since(home, 0).as_str()), (0, ""));
        std::fs::write(path(home), "old\nnew\n").unwrap();
        assert_eq!(since(home, 4), "new\n");
    }
}
