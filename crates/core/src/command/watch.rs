//! The clocks of a running command, and what is done when one of them has run down.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::child::{Child, Message};
use super::observer::{End, Observer, Progress};
use super::spec::Command;
use crate::awake;
use crate::silence::Silence;
use crate::stop::Stop;
use crate::sweep::escalation;

/// The clocks of one running command.
pub struct Watch<'a> {
    command: &'a Command,
    stop: &'a Stop,
    start: Instant,
    silence: Silence,
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
    /// Clocks that go from now on.
    pub fn new(command: &'a Command, stop: &'a Stop) -> Self {
        let silence = Silence::new(command.limits.progress);
        Self { command, stop, start: awake::now(), silence, noticed: false, ending: None }
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
                    self.silence.hears(chunk.show(observer) == Progress::Made);
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
        let now = awake::now();
        if self.ending.is_none() {
            self.look(child, observer);
            self.notify(observer);
            self.ending = self.reason().map(|end| Ending { end, stage: 0, next: now });
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

    /// Looks whether it works, where that counts and it says nothing.
    fn look(&mut self, child: &Child, observer: &mut dyn Observer) {
        if !self.command.limits.work {
            return;
        }
        if let Some(quiet) = self.silence.look_at(child.pid()) {
            observer.quiet(&quiet);
        }
    }

    /// Says that the end is near, once until something moves again.
    fn notify(&mut self, observer: &mut dyn Observer) {
        let left = self.silence.left().map_or(self.left(), |left| left.min(self.left()));
        let near = left <= self.command.limits.notice;
        if near && !self.noticed {
            observer.nearly();
        }
        self.noticed = near;
    }

    fn reason(&self) -> Option<End> {
        if self.stop.is_set() {
            return Some(End::Stopped);
        }
        if self.left().is_zero() {
            return Some(End::Deadline);
        }
        self.silence.left().is_some_and(|left| left.is_zero()).then_some(End::NoProgress)
    }

    /// The time until its deadline.
    fn left(&self) -> Duration {
        self.command.limits.deadline.saturating_sub(awake::now() - self.start)
    }

    /// The time to the nearest deadline, cut short to notice a stop.
    fn nap(&self) -> Duration {
        const TICK: Duration = Duration::from_millis(25);
        self.left().clamp(Duration::from_millis(1), TICK)
    }
}
