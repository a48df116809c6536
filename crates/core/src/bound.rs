//! The bound of a wait: until when somebody waits, and what ends the wait sooner.

use std::time::{Duration, Instant};

use crate::awake;
use crate::stop::Stop;

/// A moment, and a wish to stop. What is done in several parts has one bound for all of them.
#[derive(Clone, Debug)]
pub struct Bound {
    end: Instant,
    stop: Stop,
    still: Option<Duration>,
}

impl Bound {
    /// So long from now, or until a stop is asked for.
    pub fn new(time: Duration, stop: &Stop) -> Self {
        Self { end: awake::now() + time, stop: stop.clone(), still: None }
    }

    /// The same, for a command that is not waited for any longer once it has done nothing for so long.
    pub fn still(self, time: Duration) -> Self {
        Self { still: Some(time), ..self }
    }

    /// So long from now, where nobody asks for a stop.
    pub fn within(time: Duration) -> Self {
        Self::new(time, &Stop::default())
    }

    /// For what is asked of this machine outside of a run, which has no deadline of its own: also on a
    /// busy machine it takes a part of this.
    pub fn usual() -> Self {
        Self::within(Duration::from_secs(120)).still(Duration::from_secs(30))
    }

    /// The time that is left.
    pub fn left(&self) -> Duration {
        self.end.saturating_duration_since(awake::now())
    }

    /// How long a command may do nothing, if that matters.
    pub fn most_still(&self) -> Option<Duration> {
        self.still
    }

    /// The wish to stop.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }
}
