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
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use crate::output::Stream;
use crate::process::Process;
use crate::stop::Stop;
use crate::{sigchld, waited};
use child::{Child, Message};
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
    let mut watch = Watch::new(command, stop, start);
    let mut open = 2;
    let exited = watch.until_exit(&child, &messages, &mut open, observer);
    let elapsed = start.elapsed();
    waited::note(&command.argv.join(" "), start, start + elapsed);
    let (left_behind, beside) = child.end_group();
    let status = if exited { child.reap() } else { None };
    let drained = drain(&messages, open, command.limits.leak, observer);
    let holders = if drained { Vec::new() } else { child.holders() };
    let end = watch.end();
    Ok(Outcome { end, status, elapsed, left_behind, beside, drained, holders })
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
