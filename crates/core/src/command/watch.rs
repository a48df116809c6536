//! The clocks of a running command, and what is done when one of them has run down.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::child::{Child, Message};
use super::observer::{End, Observer, Progress};
use super::spec::Command;
use crate::stop::Stop;
use crate::sweep::escalation;

/// The clocks of one running command.
pub struct Watch<'a> {
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

impl<'a> Watch<'a> {
    /// Clocks that go since `start`.
    pub fn new(command: &'a Command, stop: &'a Stop, start: Instant) -> Self {
        Self { command, stop, start, last_progress: start, noticed: false, ending: None }
    }

    /// Why the command is over.
    pub fn end(&self) -> End {
        self.ending.map_or(End::Exited, |ending| ending.end)
    }

    /// Streams output until the process has exited; false when it cannot even be killed.
    pub fn until_exit(
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
