//! The child process of a command: its pipes, its exit, its group.

use std::io::{self, PipeReader, Read, pipe};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::ExitStatus;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::observer::{End, Observer, Progress};
use super::spec::Command;
use crate::output::Stream;
use crate::process::{self, Process};
use crate::writers::Writers;
use crate::{program, threads};

/// What is heard of a child.
pub enum Message {
    /// It printed something.
    Chunk(Chunk),
    /// One of its pipes was closed by all that held it.
    Closed,
    /// Its process has exited.
    Exited,
}

/// What one read brought. Its buffer goes back to the reader, so that a stream of any length costs
/// as many buffers as can be on their way.
pub struct Chunk {
    stream: Stream,
    buffer: Vec<u8>,
    length: usize,
    back: Sender<Vec<u8>>,
}

impl Chunk {
    /// Shows it, and gives its buffer back.
    pub fn show(self, observer: &mut dyn Observer) -> Progress {
        let progress = observer.output(self.stream, &self.buffer[..self.length]);
        let _ = self.back.send(self.buffer);
        progress
    }
}

/// A running child, which leads a group of its own.
pub struct Child {
    handle: duct::Handle,
    pid: Pid,
    pipes: [Pipe; 2],
    /// The process as it was when it started.
    first: Option<Process>,
}

/// One of its pipes.
struct Pipe {
    stream: Stream,
    inode: u64,
    writers: Writers,
}

/// Who may hold its pipes open.
#[derive(Default)]
pub struct Holders {
    /// Those that do.
    pub seen: Vec<(Process, Stream)>,
    /// Where none is seen: those of which it cannot be seen.
    pub closed: Vec<Process>,
}

impl Child {
    /// Starts it; what is heard of it comes through the channel.
    pub fn start(command: &Command) -> io::Result<(Self, Receiver<Message>)> {
        let ((stdout, out), (stderr, err)) = (pipe()?, pipe()?);
        let pipes = [Pipe::new(Stream::Stdout, &stdout)?, Pipe::new(Stream::Stderr, &stderr)?];
        let (sender, receiver) = sync_channel(8);
        // The threads come first: what cannot be followed must not be started.
        read_all(stdout, Stream::Stdout, sender.clone())?;
        read_all(stderr, Stream::Stderr, sender.clone())?;
        let watcher = watch_exit(sender)?;
        let handle = spawn(command, out.into(), err.into())?;
        let pid = handle.pids().first().and_then(|pid| Pid::from_raw(*pid as i32));
        let pid = pid.ok_or_else(|| io::Error::other("the child has no process id"))?;
        let _ = watcher.send(pid);
        let first = process::find(pid.as_raw_nonzero().get());
        Ok((Self { handle, pid, pipes, first }, receiver))
    }

    /// Its id.
    pub fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Sends `signal` to its whole group.
    pub fn signal(&self, signal: Signal) {
        let _ = kill_process_group(self.pid, signal);
        // A stopped process acts on a signal only once it runs again.
        let _ = kill_process_group(self.pid, Signal::CONT);
    }

    /// Kills what is left of the group, and returns what lives beside it that is not older than it, the
    /// group's first. Of a child that came to its `end` by itself, members that end a moment later are not
    /// left. The leader is not reaped yet, so that its id is its own.
    pub fn end_group(&self, end: End) -> (Vec<Process>, Vec<Process>) {
        let (mut left, mut others) = self.beside();
        if !left.is_empty() && (end == End::Exited || left.iter().any(Process::is_becoming)) {
            process::lasting(left);
            (left, others) = self.beside();
        }
        if !left.is_empty() {
            let _ = kill_process_group(self.pid, Signal::KILL);
        }
        (left, others)
    }

    /// What lives and is not older than the child, without it: those of its group, and the others.
    fn beside(&self) -> (Vec<Process>, Vec<Process>) {
        let leader = self.pid();
        let mut young = self.first.as_ref().map(process::since).unwrap_or_default();
        young.retain(|process| process.pid != leader);
        young.into_iter().partition(|process| process.group == leader)
    }

    /// Reaps it once it has exited.
    pub fn reap(&self) -> Option<ExitStatus> {
        self.handle.wait().ok().map(|output| output.status)
    }

    /// Whether nobody can write into its pipes any more.
    pub fn is_let_go(&self) -> bool {
        self.pipes.iter().all(|pipe| pipe.writers.are_gone())
    }

    /// Who holds its pipes open. Whoever does may start another one and end while it is looked for.
    pub fn holders(&self) -> Holders {
        const LOOKS: usize = 3;
        for _ in 0..LOOKS {
            let open = self.pipes.iter().filter(|pipe| !pipe.writers.are_gone());
            let seen: Vec<_> = open.flat_map(Pipe::holders).collect();
            if !seen.is_empty() || self.is_let_go() {
                return Holders { seen: self.lasting(seen), closed: Vec::new() };
            }
        }
        let closed = self.first.as_ref().map(process::closed_since).unwrap_or_default();
        Holders { seen: Vec::new(), closed }
    }

    /// Those of `seen` that live on after a moment. What this very process is about to start beside it has a
    /// copy of all that is open here, and this one's name, until it becomes a program of its own.
    fn lasting(&self, mut seen: Vec<(Process, Stream)>) -> Vec<(Process, Stream)> {
        let own = process::find(std::process::id() as i32);
        let is_ours = |process: &Process| {
            own.as_ref().is_some_and(|own| process.parent == own.pid && process.argv == own.argv)
        };
        let lasting = process::lasting(seen.iter().map(|(process, _)| process.clone()).collect());
        seen.retain(|(process, _)| {
            lasting.iter().any(|known| known.is(process) && !is_ours(known))
        });
        seen
    }
}

impl Pipe {
    fn new(stream: Stream, pipe: &PipeReader) -> io::Result<Self> {
        let inode = rustix::fs::fstat(pipe.as_fd()).map_or(0, |stat| stat.st_ino);
        Ok(Self { stream, inode, writers: Writers::of(pipe)? })
    }

    fn holders(&self) -> Vec<(Process, Stream)> {
        let holders = process::holders(self.inode).into_iter();
        holders.map(|process| (process, self.stream)).collect()
    }
}

/// The writing ends live in duct's expression, which ends here: nothing of ours keeps them open.
fn spawn(command: &Command, out: OwnedFd, err: OwnedFd) -> io::Result<duct::Handle> {
    let (program, arguments) =
        command.argv.split_first().ok_or_else(|| io::Error::other("the command is empty"))?;
    let environment = command.environment.iter().map(|(key, v)| (key, v.value.as_str()));
    // Duct would look for a path from this process's own folder.
    duct::cmd(program::seen_from(&command.cwd, program), arguments)
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
