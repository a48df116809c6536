//! What is told of attempts that follow each other quickly.

use std::cell::RefCell;
use std::time::Duration;

use smoke_core::wait::Attempt;

use super::reason::Reason;
use crate::step::Step;

/// As often as this the same reason is told again.
const OFTEN: Duration = Duration::from_millis(250);

/// Tells of attempts that bring something new, of some of the others, and of the last.
pub struct Attempts<'a> {
    step: &'a Step,
    told: RefCell<Option<Attempt<Reason>>>,
    untold: RefCell<Option<Attempt<Reason>>>,
}

impl<'a> Attempts<'a> {
    /// None yet.
    pub fn of(step: &'a Step) -> Self {
        Self { step, told: RefCell::default(), untold: RefCell::default() }
    }

    /// Takes the next one.
    pub fn take(&self, attempt: &Attempt<Reason>) {
        let is_known = self.told.borrow().as_ref().is_some_and(|told| is_known(told, attempt));
        if is_known {
            self.untold.replace(Some(attempt.clone()));
        } else {
            self.untold.take();
            self.told.replace(Some(attempt.clone()));
            self.step.attempt(attempt);
        }
    }

    /// There will be no other.
    pub fn end(&self) {
        self.untold.take().into_iter().for_each(|last| self.step.attempt(&last));
    }
}

fn is_known(told: &Attempt<Reason>, attempt: &Attempt<Reason>) -> bool {
    told.reason == attempt.reason && attempt.at - told.at < OFTEN
}
