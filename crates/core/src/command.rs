//! Long-running commands: started by duct, their output streamed, bounded in every way.
//!
//! A command is over when its process exits, not when its pipe closes: what still holds a pipe
//! after a short leak window is named and let go. The process leads a group of its own, which is
//! signalled as long as the unreaped leader pins the group's id.

mod child;
mod observer;
mod spec;
mod watch;

use std::io;
use std::process::ExitStatus;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::output::Stream;
use crate::process::Process;
use crate::stop::Stop;
use crate::{sigchld, waited};
use child::{Child, Holders, Message};
use watch::Watch;

pub use observer::{End, Observer, Progress};
pub use spec::{Command, Limits};

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
    /// The other processes that lived when it had exited, and are not older than it. Only what lives
    /// starts others, so that one of these is or started all else that it left behind.
    pub beside: Vec<Process>,
    /// Whether its output was closed when the leak window was over.
    pub drained: bool,
    /// The processes that held its output open then, as far as they can be seen; they live on.
    pub holders: Vec<(Process, Stream)>,
    /// Where none is seen that holds it: the processes of which that cannot be seen.
    pub closed: Vec<Process>,
}

impl Outcome {
    /// Whether it exited by itself, with status 0.
    pub fn success(&self) -> bool {
        self.end == End::Exited && self.status.is_some_and(|status| status.success())
    }
}

/// Runs `command` to its end, followed by `observer`.
///
/// # Errors
/// The command cannot be started.
pub fn run(command: &Command, stop: &Stop, observer: &mut dyn Observer) -> io::Result<Outcome> {
    sigchld::own();
    let start = Instant::now();
    let (child, messages) = Child::start(command)?;
    let mut watch = Watch::new(command, stop);
    let mut open = 2;
    let exited = watch.until_exit(&child, &messages, &mut open, observer);
    let elapsed = start.elapsed();
    waited::note(&command.argv.join(" "), start, start + elapsed);
    let end = watch.end();
    let (left_behind, beside) = child.end_group(end);
    let status = if exited { child.reap() } else { None };
    let mut drain = Drain { child: &child, messages: &messages, open, observer };
    let (drained, holders) = drain.until_closed(command.limits.leak);
    let Holders { seen: holders, closed } = holders;
    Ok(Outcome { end, status, elapsed, left_behind, beside, drained, holders, closed })
}

/// What is still in the pipes of a child that has exited.
struct Drain<'a> {
    child: &'a Child,
    messages: &'a Receiver<Message>,
    open: usize,
    observer: &'a mut dyn Observer,
}

impl Drain<'_> {
    /// Takes it, and says whether the pipes were closed when the leak window was over, and else by whom they
    /// were held. One that is let go while the holders are looked for is late, and no more.
    fn until_closed(&mut self, window: Duration) -> (bool, Holders) {
        if self.take(window) {
            return (true, Holders::default());
        }
        let holders = self.child.holders();
        match self.child.is_let_go() {
            true => (self.take(Duration::ZERO), Holders::default()),
            false => (false, holders),
        }
    }

    /// False when somebody holds them after the window, which is absolute: one that restarted with every
    /// chunk would never end for a chatty holder. Where nobody does, what is left is finite, and it is only
    /// this process that is late.
    fn take(&mut self, window: Duration) -> bool {
        const TICK: Duration = Duration::from_millis(10);
        let end = Instant::now() + window;
        while self.open > 0 {
            let left = end.saturating_duration_since(Instant::now());
            match self.messages.recv_timeout(left.max(TICK)) {
                Ok(Message::Chunk(chunk)) => drop(chunk.show(self.observer)),
                Ok(Message::Closed) => self.open -= 1,
                Ok(Message::Exited) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            let over = self.open > 0 && Instant::now() >= end;
            if over && !self.child.is_let_go() {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests;
