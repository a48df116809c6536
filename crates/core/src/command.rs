//! Long-running commands: started by duct, their output streamed, bounded in every way.
//!
//! A command is over when its process exits, not when its pipe closes: what still holds a pipe
//! after a short leak window is named and let go. The process leads a group of its own, which is
//! signalled as long as the unreaped leader pins the group's id.

use std::io::{self, PipeReader, Read, pipe};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::ExitStatus;
use std::sync::Once;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::environment::Environment;
use crate::output::Stream;
use crate::process::{self, Process};
use crate::stop::Stop;
use crate::sweep::{Graces, escalation};
use crate::threads;
use crate::waited;

/// What to run, where, with which environment, and within which bounds.
#[derive(Clone, Debug)]
pub struct Command {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// The folder to run it in.
    pub cwd: Utf8PathBuf,
    /// All that it gets as its environment.
    pub environment: Environment,
    /// When to stop waiting.
    pub limits: Limits,
}

/// The bounds of a command.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long it may take.
    pub deadline: Duration,
    /// How long it may go without progress; `None` when that is no sign of trouble.
    pub progress: Option<Duration>,
    /// How long it gets after each signal once it is told to stop.
    pub graces: Graces,
    /// How long its output may stay open after it has exited.
    pub leak: Duration,
    /// How long before it is ended its observer is told.
    pub notice: Duration,
}

impl Limits {
    /// A deadline, and what is usual for the rest.
    pub fn within(deadline: Duration) -> Self {
        let (leak, notice) = (Duration::from_millis(300), Duration::from_millis(300));
        Self { deadline, progress: None, graces: Graces::default(), leak, notice }
    }
}

/// Why a command is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It exited by itself.
    Exited,
    /// Its deadline passed.
    Deadline,
    /// It made no progress for too long.
    NoProgress,
    /// A stop was asked for.
    Stopped,
}

/// A finished command.
#[derive(Debug)]
pub struct Outcome {
    /// Why it is over.
    pub end: End,
    /// How it exited; `None` when not even KILL ended it.
    pub status: Option<ExitStatus>,
    /// From its start to its exit.
    pub elapsed: Duration,
    /// The members of its group that it left behind; they were killed.
    pub left_behind: Vec<Process>,
    /// Whether its output was closed when the leak window was over.
    pub drained: bool,
    /// The processes that held its output open then, as far as they can be seen; they live on.
    pub holders: Vec<(Process, Stream)>,
}

impl Outcome {
    /// Whether it exited by itself, with status 0.
    pub fn success(&self) -> bool {
        self.end == End::Exited && self.status.is_some_and(|status| status.success())
    }
}

/// Who follows a running command.
pub trait Observer {
    /// A chunk of output arrived.
    fn output(&mut self, stream: Stream, bytes: &[u8]) -> Progress;

    /// The command is going to be ended after [`Limits::notice`], unless it moves or exits.
    fn nearly(&mut self) {}

    /// The command is about to be ended for this reason; nothing has been signalled yet.
    fn stalled(&mut self, end: End);
}

/// Whether output shows that something moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Something new was said.
    Made,
    /// Only what had been said before.
    None,
}

/// Runs `command` to its end, followed by `observer`.
///
/// # Errors
/// The command cannot be started.
pub fn run(command: &Command, stop: &Stop, observer: &mut dyn Observer) -> io::Result<Outcome> {
    own_sigchld();
    let start = Instant::now();
    let (child, messages) = Child::start(command)?;
    let mut watch =
        Watch { command, stop, start, last_progress: start, noticed: false, ending: None };
    let mut open = 2;
    let exited = watch.until_exit(&child, &messages, &mut open, observer);
    let elapsed = start.elapsed();
    waited::note(&command.argv.join(" "), start);
    let left_behind = child.end_group();
    let status = if exited { child.handle.wait().ok().map(|output| output.status) } else { None };
    let drained = drain(&messages, open, command.limits.leak, observer);
    let holders = if drained { Vec::new() } else { child.holders() };
    let end = watch.ending.map_or(End::Exited, |ending| ending.end);
    Ok(Outcome { end, status, elapsed, left_behind, drained, holders })
}

/// Makes sure that children can be waited for, whatever this process inherited.
///
/// A parent that ignores SIGCHLD passes that on, and then the kernel reaps our children before we
/// can; wait-timeout crashes as well. A handler, even an empty one, puts it right.
pub fn own_sigchld() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let nothing = std::sync::Arc::default();
        let _ = signal_hook::flag::register(signal_hook::consts::SIGCHLD, nothing);
    });
}

enum Message {
    Chunk(Chunk),
    Closed,
    Exited,
}

/// What one read brought. Its buffer goes back to the reader, so that a stream of any length costs
/// as many buffers as can be on their way.
struct Chunk {
    stream: Stream,
    buffer: Vec<u8>,
    length: usize,
    back: Sender<Vec<u8>>,
}

impl Chunk {
    fn show(self, observer: &mut dyn Observer) -> Progress {
        let progress = observer.output(self.stream, &self.buffer[..self.length]);
        let _ = self.back.send(self.buffer);
        progress
    }
}

struct Child {
    handle: duct::Handle,
    pid: Pid,
    inodes: [(Stream, u64); 2],
}

impl Child {
    fn start(command: &Command) -> io::Result<(Self, Receiver<Message>)> {
        let ((stdout, out), (stderr, err)) = (pipe()?, pipe()?);
        let inodes = [(Stream::Stdout, inode(&stdout)), (Stream::Stderr, inode(&stderr))];
        let (sender, receiver) = sync_channel(8);
        // The threads come first: what cannot be followed must not be started.
        read_all(stdout, Stream::Stdout, sender.clone())?;
        read_all(stderr, Stream::Stderr, sender.clone())?;
        let watcher = watch_exit(sender)?;
        let handle = spawn(command, out.into(), err.into())?;
        let pid = handle.pids().first().and_then(|pid| Pid::from_raw(*pid as i32));
        let pid = pid.ok_or_else(|| io::Error::other("the child has no process id"))?;
        let _ = watcher.send(pid);
        Ok((Self { handle, pid, inodes }, receiver))
    }

    fn signal(&self, signal: Signal) {
        let _ = kill_process_group(self.pid, signal);
        // A stopped process acts on a signal only once it runs again.
        let _ = kill_process_group(self.pid, Signal::CONT);
    }

    /// Kills what is left of the group. The leader is not reaped yet, so that its id is its own.
    fn end_group(&self) -> Vec<Process> {
        const MOMENT: Duration = Duration::from_millis(5);
        let leader = self.pid.as_raw_nonzero().get();
        let mut left = process::members(leader);
        if left.iter().any(Process::is_becoming) {
            // Who it is shows in a moment.
            thread::sleep(MOMENT);
            left = process::members(leader);
        }
        left.retain(|process| process.pid != leader);
        if !left.is_empty() {
            let _ = kill_process_group(self.pid, Signal::KILL);
        }
        left
    }

    fn holders(&self) -> Vec<(Process, Stream)> {
        let of = |(stream, inode): &(Stream, u64)| {
            let stream = *stream;
            process::holders(*inode).into_iter().map(move |process| (process, stream))
        };
        self.inodes.iter().flat_map(of).collect()
    }
}

/// The writing ends live in duct's expression, which ends here: nothing of ours keeps them open.
fn spawn(command: &Command, out: OwnedFd, err: OwnedFd) -> io::Result<duct::Handle> {
    let (program, arguments) =
        command.argv.split_first().ok_or_else(|| io::Error::other("the command is empty"))?;
    let environment = command.environment.iter().map(|(key, v)| (key, v.value.as_str()));
    duct::cmd(program, arguments)
        .dir(&command.cwd)
        .full_env(environment)
        .stdin_null()
        .stdout_file(out)
        .stderr_file(err)
        .unchecked()
        .before_spawn(|command| {
            command.process_group(0);
            Ok(())
        })
        .start()
}

fn inode(pipe: &PipeReader) -> u64 {
    rustix::fs::fstat(pipe.as_fd()).map_or(0, |stat| stat.st_ino)
}

fn read_all(mut pipe: PipeReader, stream: Stream, sender: SyncSender<Message>) -> io::Result<()> {
    const SIZE: usize = 64 * 1024;
    threads::start(move || {
        let (back, free) = channel();
        loop {
            let mut buffer = free.try_recv().unwrap_or_else(|_| vec![0; SIZE]);
            match pipe.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => {
                    let chunk = Chunk { stream, buffer, length, back: back.clone() };
                    if sender.send(Message::Chunk(chunk)).is_err() {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        let _ = sender.send(Message::Closed);
    })
}

/// Waits for the exit of the process that it is told; nobody is told when nothing was started.
fn watch_exit(sender: SyncSender<Message>) -> io::Result<Sender<Pid>> {
    let (tell, told) = channel();
    threads::start(move || {
        let Ok(pid) = told.recv() else { return };
        let exited = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while matches!(waitid(WaitId::Pid(pid), exited), Err(rustix::io::Errno::INTR)) {}
        let _ = sender.send(Message::Exited);
    })?;
    Ok(tell)
}

/// The clocks of one running command.
struct Watch<'a> {
    command: &'a Command,
    stop: &'a Stop,
    start: Instant,
    last_progress: Instant,
    /// Whether the end was said to be near.
    noticed: bool,
    ending: Option<Ending>,
}

/// A command that was told to stop: why, and how far the escalation has come.
#[derive(Clone, Copy)]
struct Ending {
    end: End,
    stage: usize,
    next: Instant,
}

impl Watch<'_> {
    /// Streams output until the process has exited; false when it cannot even be killed.
    fn until_exit(
        &mut self,
        child: &Child,
        messages: &Receiver<Message>,
        open: &mut usize,
        observer: &mut dyn Observer,
    ) -> bool {
        loop {
            match messages.recv_timeout(self.nap()) {
                Ok(Message::Chunk(chunk)) => {
                    if chunk.show(observer) == Progress::Made {
                        self.last_progress = Instant::now();
                    }
                }
                Ok(Message::Closed) => *open -= 1,
                Ok(Message::Exited) => return true,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return false,
            }
            if !self.advance(child, observer) {
                return false;
            }
        }
    }

    /// Sends the next signal when it is due; false when all have been sent in vain.
    fn advance(&mut self, child: &Child, observer: &mut dyn Observer) -> bool {
        let now = Instant::now();
        if self.ending.is_none() {
            self.notify(now, observer);
            self.ending = self.reason(now).map(|end| Ending { end, stage: 0, next: now });
            if let Some(ending) = self.ending {
                observer.stalled(ending.end);
            }
        }
        let stages = escalation(&self.command.limits.graces);
        let hurry = self.stop.count() > 1;
        let Some(ending) = &mut self.ending else { return true };
        if hurry && ending.stage < 2 {
            (ending.stage, ending.next) = (2, now);
        }
        if now < ending.next {
            return true;
        }
        let Some((signal, grace)) = stages.get(ending.stage) else { return false };
        child.signal(*signal);
        (ending.stage, ending.next) = (ending.stage + 1, now + *grace);
        true
    }

    /// Says that the end is near, once until something moves again.
    fn notify(&mut self, now: Instant, observer: &mut dyn Observer) {
        let limits = &self.command.limits;
        let left = limits.deadline.saturating_sub(now - self.start);
        let silent = now - self.last_progress;
        let left = limits.progress.map_or(left, |limit| left.min(limit.saturating_sub(silent)));
        let near = left <= limits.notice;
        if near && !self.noticed {
            observer.nearly();
        }
        self.noticed = near;
    }

    fn reason(&self, now: Instant) -> Option<End> {
        let limits = &self.command.limits;
        if self.stop.is_set() {
            return Some(End::Stopped);
        }
        if now - self.start >= limits.deadline {
            return Some(End::Deadline);
        }
        let silent = limits.progress.is_some_and(|limit| now - self.last_progress >= limit);
        silent.then_some(End::NoProgress)
    }

    /// The time to the nearest deadline, cut short to notice a stop.
    fn nap(&self) -> Duration {
        const TICK: Duration = Duration::from_millis(25);
        let left = self.command.limits.deadline.saturating_sub(self.start.elapsed());
        left.clamp(Duration::from_millis(1), TICK)
    }
}

/// Takes what is still in the pipes; false when they are still open after the leak window, which
/// is absolute: one that restarted with every chunk would never end for a chatty holder.
fn drain(
    messages: &Receiver<Message>,
    mut open: usize,
    window: Duration,
    observer: &mut dyn Observer,
) -> bool {
    let end = Instant::now() + window;
    while open > 0 {
        match messages.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(Message::Chunk(chunk)) => drop(chunk.show(observer)),
            Ok(Message::Closed) => open -= 1,
            Ok(Message::Exited) => {}
            Err(_) => return false,
        }
        if Instant::now() >= end && open > 0 {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests;
