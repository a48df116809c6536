//! Short, checked commands such as `git rev-parse`: quoted by xshell, bounded in time.

use std::fs::File;
use std::io::{self, PipeReader, Read, pipe};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::attended::{self, Unanswered};
use crate::bound::Bound;
use crate::environment::Environment;
use crate::writers::Writers;
use crate::{sigchld, threads, waited};

/// The most bytes that are kept of what a short command prints.
const MOST: u64 = 16 * 1024 * 1024;

/// What a short command left behind.
#[derive(Debug)]
pub struct Finished {
    /// How it exited.
    pub status: ExitStatus,
    /// What it printed, with invalid UTF-8 replaced.
    pub stdout: String,
    /// What it complained of, likewise.
    pub stderr: String,
}

/// Runs `command` in `environment` until it exits.
///
/// # Errors
/// It cannot be started; or its time was over, or a stop was asked for: then its process group is killed,
/// and the error is [`Unanswered`].
pub fn run(command: xshell::Cmd, environment: &Environment, bound: &Bound) -> Result<Finished> {
    start(command, Stdio::null(), environment, bound)
}

/// As [`run`], and gives it `input` to read.
///
/// # Errors
/// As [`run`].
pub fn run_reading(
    command: xshell::Cmd,
    input: File,
    environment: &Environment,
    bound: &Bound,
) -> Result<Finished> {
    start(command, input.into(), environment, bound)
}

fn start(
    command: xshell::Cmd,
    input: Stdio,
    environment: &Environment,
    bound: &Bound,
) -> Result<Finished> {
    sigchld::own();
    let shown = command.to_string();
    let (stdout, out) = pipe().context("open a pipe")?;
    let (stderr, err) = pipe().context("open a pipe")?;
    // The threads come first: what cannot be followed must not be started.
    let stdout = collect(stdout).context("follow a command")?;
    let stderr = collect(stderr).context("follow a command")?;
    let start = Instant::now();
    let mut child = {
        let mut command = Command::from(command);
        command.env_clear().envs(environment.iter().map(|(key, v)| (key, &v.value)));
        command.stdin(input).stdout(out).stderr(err).process_group(0);
        command.spawn().with_context(|| format!("start `{shown}`"))?
    };
    let ended = attended::wait(&mut child, bound, Duration::ZERO);
    waited::note(&shown, start, Instant::now());
    let status = ended.context("wait for a child")?.map_err(|why| Unanswered {
        command: shown,
        why,
        after: start.elapsed(),
    })?;
    Ok(Finished { status, stdout: stdout.text(), stderr: stderr.text() })
}

/// Runs `command` and returns what it printed, without the white space around it.
///
/// # Errors
/// As [`run`], and when the command exits with another status than 0: then with what it said.
pub fn read(command: xshell::Cmd, environment: &Environment, bound: &Bound) -> Result<String> {
    let shown = command.to_string();
    let finished = run(command, environment, bound)?;
    if !finished.status.success() {
        bail!("`{shown}` failed ({}): {}", finished.status, finished.stderr.trim());
    }
    Ok(finished.stdout.trim().to_owned())
}

/// What a command prints into a pipe.
struct Collected {
    bytes: Receiver<Vec<u8>>,
    writers: Writers,
}

fn collect(pipe: PipeReader) -> io::Result<Collected> {
    let writers = Writers::of(&pipe)?;
    let (sender, bytes) = channel();
    threads::start(move || {
        let (mut bytes, mut pipe) = (Vec::new(), pipe);
        let _ = pipe.by_ref().take(MOST).read_to_end(&mut bytes);
        // What comes after that is read, so that the command can end, and dropped.
        let _ = io::copy(&mut pipe, &mut io::sink());
        let _ = sender.send(bytes);
    })?;
    Ok(Collected { bytes, writers })
}

impl Collected {
    /// What the pipe brought. A daemon that the command left behind may hold it open for ever, and
    /// then what it said is lost rather than the run.
    fn text(&self) -> String {
        const PATIENCE: Duration = Duration::from_secs(1);
        let bytes = loop {
            match self.bytes.recv_timeout(PATIENCE) {
                // It is only this process that is late.
                Err(RecvTimeoutError::Timeout) if self.writers.are_gone() => {}
                received => break received.unwrap_or_default(),
            }
        };
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use rustix::process::Signal;
    use xshell::{Shell, cmd};

    use super::*;
    use crate::attended::Why;
    use crate::stop::Stop;
    use crate::wait::{self, Patience, Probe};

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn returns_what_a_command_prints() {
        let shell = Shell::new().unwrap();
        let words = "two words";
        let text =
            read(cmd!(shell, "printf %s {words}"), &Environment::inherited(), &Bound::within(LONG));
        assert_eq!(text.unwrap(), "two words");
    }

    #[test]
    fn a_failure_says_what_the_command_said() {
        let shell = Shell::new().unwrap();
        let script = "echo it broke >&2; exit 3";
        let error =
            read(cmd!(shell, "sh -c {script}"), &Environment::inherited(), &Bound::within(LONG));
        let message = error.unwrap_err().to_string();
        assert!(message.contains("it broke") && message.contains("exit status: 3"), "{message}");
    }

    #[test]
    fn is_over_when_it_exits_not_when_its_pipe_closes() {
        let shell = Shell::new().unwrap();
        let (start, script) = (Instant::now(), "sleep 30.25 & echo $!");
        let finished =
            run(cmd!(shell, "sh -c {script}"), &Environment::inherited(), &Bound::within(LONG))
                .unwrap();
        assert!(finished.status.success() && start.elapsed() < LONG / 2);
        for orphan in crate::process::all() {
            if orphan.argv == ["sleep", "30.25"] {
                orphan.signal(Signal::KILL);
            }
        }
    }

    #[test]
    fn the_deadline_ends_its_whole_group() {
        let shell = Shell::new().unwrap();
        let script = "sleep 1234.5 & wait";
        let soon = Duration::from_millis(300);
        let error =
            run(cmd!(shell, "sh -c {script}"), &Environment::inherited(), &Bound::within(soon));
        let error = error.unwrap_err();
        let unanswered = error.downcast_ref::<Unanswered>().map(|unanswered| unanswered.why);
        assert_eq!(unanswered, Some(Why::Late));
        assert!(error.to_string().contains("took longer than 0.3 s"), "{error}");
        let sleeping = |p: &crate::process::Process| p.is_live() && p.argv == ["sleep", "1234.5"];
        // What was killed takes a moment to be dead.
        let gone = wait::until(
            Patience::local(LONG),
            &Stop::default(),
            |_| (),
            |_| match crate::process::all().into_iter().find(sleeping) {
                Some(process) => Probe::NotYet(process),
                None => Probe::Ready(()),
            },
        );
        assert!(gone.is_ok(), "{gone:?}");
    }
}
