//! The gateway's log: lines on stderr, each with its time.

use std::fmt::Arguments;
use std::io::Write;
use std::time::SystemTime;

/// Writes one line. A log that nobody can read any more must not stop the gateway, so a failure
/// to write is let go.
pub fn line(text: Arguments<'_>) {
    let now = humantime::format_rfc3339_millis(SystemTime::now());
    let _ = std::io::stderr().write_all(format!("{now} {text}\n").as_bytes());
}

/// Writes a line as it is, without the time: what other programs look for.
pub fn plain(text: Arguments<'_>) {
    let _ = std::io::stderr().write_all(format!("{text}\n").as_bytes());
}
