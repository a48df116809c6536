//! The child process of a command: its pipes, its exit, its group.

use std::io::{self, PipeReader, Read, pipe};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::ExitStatus;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::observer::{Observer, Progress};
use super::spec::Command;
use crate::output::Stream;
use crate::process::{self, Process};
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
    inodes: [(Stream, u64); 2],
}

impl Child {
    /// Starts it; what is heard of it comes through the channel.
    pub fn start(command: &Command) -> io::Result<(Self, Receiver<Message>)> {
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

    /// Sends `signal` to its whole group.
    pub fn signal(&self, signal: Signal) {
        let _ = kill_process_group(self.pid, signal);
        // A stopped process acts on a signal only once it runs again.
        let _ = kill_process_group(self.pid, Signal::CONT);
    }

    /// Kills what is left of the group, and returns what lives beside it that is not older than it, the
    /// group's first. The leader is not reaped yet, so that its id is its own.
    pub fn end_group(&self) -> (Vec<Process>, Vec<Process>) {
        const MOMENT: Duration = Duration::from_millis(5);
        let (mut left, mut others) = self.beside();
        if left.iter().any(Process::is_becoming) {
            // Who it is shows in a moment.
            thread::sleep(MOMENT);
            (left, others) = self.beside();
        }
        if !left.is_empty() {
            let _ = kill_process_group(self.pid, Signal::KILL);
        }
        (left, others)
    }

    /// What lives and is not older than the child, without it: those of its group, and the others.
    fn beside(&self) -> (Vec<Process>, Vec<Process>) {
        let leader = self.pid.as_raw_nonzero().get();
        let mut young = process::find(leader).map(|own| process::since(&own)).unwrap_or_default();
        young.retain(|process| process.pid != leader);
        young.into_iter().partition(|process| process.group == leader)
    }

    /// Reaps it once it has exited.
    pub fn reap(&self) -> Option<ExitStatus> {
        self.handle.wait().ok().map(|output| output.status)
    }

    /// Who holds its pipes open.
    pub fn holders(&self) -> Vec<(Process, Stream)> {
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
