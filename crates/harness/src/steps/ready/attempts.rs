//! The attempts that failed, of which those that bring nothing new are told now and then.

use std::time::{Duration, Instant};

use smoke_core::wait::Attempt;

use super::reason::Reason;
use crate::step::Step;

/// As often as this the same reason is told again.
const OFTEN: Duration = Duration::from_millis(250);

/// Tells of attempts that bring something new, of some of the others, and of the last.
pub struct Attempts<'a> {
    step: &'a Step,
    told: Option<Attempt<Reason>>,
    untold: Option<Attempt<Reason>>,
    last: Instant,
}

impl<'a> Attempts<'a> {
    /// None yet.
    pub fn of(step: &'a Step) -> Self {
        Self { step, told: None, untold: None, last: Instant::now() }
    }

    /// Takes the next one that failed.
    pub fn take(&mut self, attempt: &Attempt<Reason>) {
        self.last = Instant::now();
        if self.told.as_ref().is_some_and(|told| is_known(told, attempt)) {
            self.untold = Some(attempt.clone());
        } else {
            self.untold = None;
            self.told = Some(attempt.clone());
            self.step.attempt(attempt);
        }
    }

    /// There will be no other. Returns when the last one failed; where none did, when they began.
    pub fn end(self) -> Instant {
        self.untold.iter().for_each(|last| self.step.attempt(last));
        self.last
    }
}

fn is_known(told: &Attempt<Reason>, attempt: &Attempt<Reason>) -> bool {
    told.reason == attempt.reason && attempt.at - told.at < OFTEN
}
