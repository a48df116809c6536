//! Short commands that may start a daemon: a daemon holds whatever output it inherits, so that both
//! outputs are files without a name, and the command is over when its process exits.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use camino::Utf8Path;

use crate::attended::{self, Why};
use crate::bound::Bound;
use crate::environment::Environment;
use crate::prepared;
use crate::waited;

/// What came of such a command.
#[derive(Debug)]
pub struct Apart {
    /// How it exited; or why it was killed.
    pub status: Result<ExitStatus, Why>,
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

/// Runs `argv` in `cwd` with exactly `environment` until it exits; when its time is over, its process
/// group is killed.
///
/// # Errors
/// It cannot be started or waited for.
pub fn run(
    argv: &[String],
    cwd: &Utf8Path,
    environment: &Environment,
    bound: &Bound,
) -> io::Result<Apart> {
    let (stdout, stderr) = (tempfile::tempfile()?, tempfile::tempfile()?);
    let mut child = prepared::command(argv, cwd, environment)?
        .stdin(Stdio::null())
        .stdout(stdout.try_clone()?)
        .stderr(stderr.try_clone()?)
        .spawn()?;
    let status = waited::during(&argv.join(" "), || attended::wait(&mut child, bound, GRACE))?;
    Ok(Apart { status, stdout: text(stdout)?, stderr: text(stderr)? })
}

fn text(mut file: File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use rustix::process::Signal;

    use super::*;
    use crate::process;
    use crate::stop::Stop;

    fn shell(script: &str, deadline: Duration, stop: &Stop) -> Apart {
        let (argv, bound) = (["sh", "-c", script].map(str::to_owned), Bound::new(deadline, stop));
        run(&argv, Utf8Path::new("/"), &Environment::inherited(), &bound).unwrap()
    }

    #[test]
    fn is_over_when_it_exits_though_a_daemon_holds_its_output() {
        let start = Instant::now();
        let script = "echo said; echo complained >&2; sleep 30.75 & exit 3";
        let ran = shell(script, Duration::from_secs(20), &Stop::default());
        assert!(start.elapsed() < Duration::from_secs(10));
        assert_eq!(ran.status.ok().and_then(|status| status.code()), Some(3));
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("said\n", "complained\n"));
        for orphan in process::all().iter().filter(|p| p.argv == ["sleep", "30.75"]) {
            orphan.signal(Signal::KILL);
        }
    }

    #[test]
    fn one_that_takes_too_long_is_killed() {
        let ran = shell("echo begun; sleep 30.5; :", Duration::from_millis(300), &Stop::default());
        assert_eq!(ran.status, Err(Why::Late));
        assert_eq!(ran.stdout, "begun\n");
    }

    #[test]
    fn a_wish_to_stop_lets_it_end_by_itself_if_it_does_so_soon() {
        let stop = Stop::default();
        stop.note(2);
        let ran = shell("sleep 0.2; echo done", Duration::from_secs(20), &stop);
        assert_eq!(ran.stdout, "done\n");
        let start = Instant::now();
        let ended = shell("sleep 30.25; :", Duration::from_secs(20), &stop);
        assert_eq!(ended.status, Err(Why::Stopped));
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}
