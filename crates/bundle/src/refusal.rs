//! A refusal: why something is not done, and what to do about it.

use std::fmt;

/// A reason that the person who asked can act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong, in one sentence without a full stop.
    pub reason: String,
    /// What to do about it, in one sentence without a full stop.
    pub remedy: String,
}

impl Refusal {
    pub(crate) fn new(reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { reason: reason.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.reason, self.remedy)
    }
}

impl std::error::Error for Refusal {}
