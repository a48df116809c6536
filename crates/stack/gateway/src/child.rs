//! The process of a stdio server.

use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::config::Entry;
use super::log;

use smoke_core::sync;

/// From the end of stdin to SIGTERM, and from there to SIGKILL.
const GRACE: Duration = Duration::from_secs(1);

/// How long a dead server's stderr is still read: something else may hold it open.
const DRAIN: Duration = Duration::from_millis(500);

/// A running server process. Dropping it kills it.
pub struct Child {
    process: tokio::process::Child,
    reader: JoinHandle<()>,
    last_line: Arc<Mutex<String>>,
}

/// Starts `command` for the server `name`, and passes its stderr on to the log.
///
/// The process has the gateway's environment (with the run id in it) and the entry's variables,
/// and stays in the gateway's process group, so that whoever kills the group gets it too.
///
/// # Errors
/// A program that cannot be started, in one sentence.
pub fn spawn(
    name: &str,
    command: &str,
    entry: &Entry,
) -> Result<(Child, ChildStdout, ChildStdin), String> {
    let mut process = Command::new(command);
    process.args(&entry.args).envs(&entry.env).kill_on_drop(true);
    process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(cwd) = &entry.cwd {
        process.current_dir(cwd);
    }
    let mut process = process.spawn().map_err(|error| cannot_start(command, entry, &error))?;
    let pipes = (process.stdout.take(), process.stdin.take(), process.stderr.take());
    let (Some(stdout), Some(stdin), Some(stderr)) = pipes else {
        return Err(format!("{command} has no pipes"));
    };
    let last_line = Arc::new(Mutex::new(String::new()));
    let reader = tokio::spawn(forward(name.to_owned(), stderr, last_line.clone()));
    Ok((Child { process, reader, last_line }, stdout, stdin))
}

impl Child {
    /// Its process id, until its end was waited for.
    pub fn pid(&self) -> Option<u32> {
        self.process.id()
    }

    /// Waits for its end, and says how it ended with the last line of its stderr.
    pub async fn exited(&mut self) -> String {
        let status = self.process.wait().await;
        // This may be asked again, and a task that has ended must not be waited for again.
        if !self.reader.is_finished() {
            let _ = timeout(DRAIN, &mut self.reader).await;
            self.reader.abort();
        }
        let status = status.map_or_else(|error| error.to_string(), describe);
        let last = sync::lock(&self.last_line);
        if last.is_empty() {
            return format!("exited: {status}");
        }
        format!("exited: {status}; its last line: {last}")
    }

    /// Ends it; its stdin must have been closed. Waits, then SIGTERM, then SIGKILL.
    pub async fn stop(mut self) {
        for signal in [Signal::TERM, Signal::KILL] {
            if timeout(GRACE, self.process.wait()).await.is_ok() {
                break;
            }
            self.send(signal);
        }
        let _ = timeout(GRACE, self.process.wait()).await;
        self.reader.abort();
    }

    fn send(&self, signal: Signal) {
        let id = self.process.id().and_then(|id| i32::try_from(id).ok());
        if let Some(pid) = id.and_then(Pid::from_raw) {
            let _ = kill_process(pid, signal);
        }
    }
}

fn cannot_start(command: &str, entry: &Entry, error: &std::io::Error) -> String {
    let folder = entry.cwd.as_deref().filter(|cwd| !cwd.is_dir());
    match folder {
        Some(cwd) => format!("cannot start {command}: its cwd {cwd} is no folder"),
        None => format!("cannot start {command}: {error}"),
    }
}

fn describe(status: ExitStatus) -> String {
    status.to_string()
}

/// Passes lines on, each with the server's name before it; bytes that are no UTF-8 are replaced
/// and control characters escaped, for a terminal may show the log.
async fn forward(name: String, stderr: impl AsyncRead + Unpin, last_line: Arc<Mutex<String>>) {
    let mut lines = BufReader::new(stderr).split(b'\n');
    while let Ok(Some(bytes)) = lines.next_segment().await {
        let line = printable(&String::from_utf8_lossy(&bytes));
        log::plain(format_args!("[{name}] {line}"));
        if !line.trim().is_empty() {
            *sync::lock(&last_line) = line;
        }
    }
}

fn printable(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for c in line.trim_end().chars() {
        match c {
            '\t' => out.push(c),
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_a_terminal_would_obey() {
        assert_eq!(printable("a\u{1b}[31mb\tc\r"), "a\\u{1b}[31mb\tc");
    }
}
