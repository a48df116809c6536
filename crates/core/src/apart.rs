//! Short commands that may start a daemon: a daemon holds whatever output it inherits, so that both
//! outputs are files without a name, and the command is over when its process exits.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use camino::Utf8Path;
use rustix::process::{Pid, Signal, kill_process_group};
use wait_timeout::ChildExt;

use crate::environment::Environment;
use crate::prepared;
use crate::stop::Stop;
use crate::waited;

/// What came of such a command.
#[derive(Debug)]
pub struct Apart {
    /// How it exited; none when it was killed because it took too long.
    pub status: Option<ExitStatus>,
    /// What it printed, with invalid UTF-8 replaced.
    pub stdout: String,
    /// What it complained of, likewise.
    pub stderr: String,
}

/// A wish to stop leaves the command this long: one that is cut short while it starts a daemon
/// leaves the daemon in a state of its own.
const GRACE: Duration = Duration::from_secs(2);

/// The most that is kept of either output, in bytes.
const MOST: u64 = 64 << 20;

/// Runs `argv` in `cwd` with exactly `environment` until it exits; after `deadline`, its process
/// group is killed.
///
/// # Errors
/// It cannot be started or waited for.
pub fn run(
    argv: &[String],
    cwd: &Utf8Path,
    environment: &Environment,
    deadline: Duration,
    stop: &Stop,
) -> io::Result<Apart> {
    let (stdout, stderr) = (tempfile::tempfile()?, tempfile::tempfile()?);
    let mut child = prepared::command(argv, cwd, environment)?
        .stdin(Stdio::null())
        .stdout(stdout.try_clone()?)
        .stderr(stderr.try_clone()?)
        .spawn()?;
    let status = waited::during(&argv.join(" "), || wait(&mut child, deadline, stop))?;
    Ok(Apart { status, stdout: text(stdout)?, stderr: text(stderr)? })
}

fn wait(child: &mut Child, deadline: Duration, stop: &Stop) -> io::Result<Option<ExitStatus>> {
    const TICK: Duration = Duration::from_millis(50);
    let mut end = Instant::now() + deadline;
    let mut stopping = false;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if let Some(status) = child.wait_timeout(left.min(TICK))? {
            return Ok(Some(status));
        }
        if stop.is_set() && !stopping {
            stopping = true;
            end = end.min(Instant::now() + GRACE);
        }
        if Instant::now() >= end {
            let _ = Pid::from_raw(child.id() as i32)
                .map(|group| kill_process_group(group, Signal::KILL));
            child.wait()?;
            return Ok(None);
        }
    }
}

fn text(mut file: File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process;

    fn shell(script: &str, deadline: Duration, stop: &Stop) -> Apart {
        let argv = ["sh", "-c", script].map(str::to_owned);
        run(&argv, Utf8Path::new("/"), &Environment::inherited(), deadline, stop).unwrap()
    }

    #[test]
    fn is_over_when_it_exits_though_a_daemon_holds_its_output() {
        let start = Instant::now();
        let script = "echo said; echo complained >&2; sleep 30.75 & exit 3";
        let ran = shell(script, Duration::from_secs(20), &Stop::default());
        assert!(start.elapsed() < Duration::from_secs(10));
        assert_eq!(ran.status.and_then(|status| status.code()), Some(3));
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("said\n", "complained\n"));
        for orphan in process::all().iter().filter(|p| p.argv == ["sleep", "30.75"]) {
            orphan.signal(Signal::KILL);
        }
    }

    #[test]
    fn one_that_takes_too_long_is_killed() {
        let ran = shell("echo begun; sleep 30.5; :", Duration::from_millis(300), &Stop::default());
        assert!(ran.status.is_none());
        assert_eq!(ran.stdout, "begun\n");
    }

    #[test]
    fn a_wish_to_stop_lets_it_end_by_itself_if_it_does_so_soon() {
        let stop = Stop::default();
        stop.note(2);
        let ran = shell("sleep 0.2; echo done", Duration::from_secs(20), &stop);
        assert_eq!(ran.stdout, "done\n");
        let start = Instant::now();
        assert!(shell("sleep 30.25; :", Duration::from_secs(20), &stop).status.is_none());
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}
