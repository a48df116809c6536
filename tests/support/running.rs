//! A program that runs, whose output goes to files: nothing waits for a pipe to close.

use std::fs::{self, File};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Once;
use std::thread;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::Finished;
use crate::wait::until;

/// A program that runs in a process group of its own.
pub struct Running {
    child: Child,
    stdout: Utf8PathBuf,
    stderr: Utf8PathBuf,
    bound: Duration,
}

impl Running {
    /// Starts `command`, with its output in two files named after `output`. It must end within
    /// `bound`.
    ///
    /// # Panics
    /// It cannot be started.
    pub fn start(mut command: Command, output: &Utf8Path, bound: Duration) -> Self {
        hear_hangups();
        let (stdout, stderr) = (output.with_extension("out"), output.with_extension("err"));
        let child = command
            .stdin(Stdio::null())
            .stdout(File::create(&stdout).unwrap())
            .stderr(File::create(&stderr).unwrap())
            .process_group(0)
            .spawn()
            .unwrap();
        Self { child, stdout, stderr, bound }
    }

    /// Its process.
    pub fn pid(&self) -> i32 {
        self.child.id() as i32
    }

    /// What it has said to people so far.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.stderr).unwrap_or_default()).into_owned()
    }

    /// Waits until it has said `text` to people.
    ///
    /// # Panics
    /// It ends, or the bound passes, before it has.
    pub fn wait_for(&mut self, text: &str) {
        until(&format!("a line with {text:?}"), || {
            let ended = self.child.try_wait().unwrap();
            let said = self.stderr();
            let found = said.contains(text);
            assert!(found || ended.is_none(), "ended without {text:?}:\n{said}");
            found.then_some(())
        });
    }

    /// Signals it, as a terminal or a CI runner does.
    pub fn signal(&self, signal: Signal) {
        if let Some(pid) = Pid::from_raw(self.pid()) {
            let _ = kill_process(pid, signal);
        }
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// It does not end within its bound; then its group is killed first.
    pub fn finish(mut self) -> Finished {
        let end = Instant::now() + self.bound;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() >= end {
                self.kill();
                panic!("it did not end within {:?}:\n{}", self.bound, self.stderr());
            }
            thread::sleep(Duration::from_millis(2));
        };
        let stdout = String::from_utf8_lossy(&fs::read(&self.stdout).unwrap()).into_owned();
        Finished::new(code(status), stdout, self.stderr())
    }

    fn kill(&mut self) {
        if let Some(group) = Pid::from_raw(self.pid()) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    /// A test that fails leaves no program behind.
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.kill();
        }
    }
}

/// Tests that run under `nohup` would pass on that HUP is ignored; a handler ends with `exec`.
fn hear_hangups() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if smoke_core::process::ignores(Signal::HUP.as_raw()) {
            let nothing = std::sync::Arc::default();
            let _ = signal_hook::flag::register(Signal::HUP.as_raw(), nothing);
        }
    });
}

fn code(status: ExitStatus) -> i32 {
    status.code().or_else(|| Some(128 + status.signal()?)).unwrap_or(-1)
}
