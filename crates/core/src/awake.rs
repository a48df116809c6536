//! The clock that deadlines are held to: it stands still while this process is not awake.
//!
//! A process that is stopped (`Ctrl-Z`, a paused machine), or that gets no processor for a while, sees the
//! time leap. In that time it could neither read what its children said nor look whether they were done,
//! so that the time is nobody's delay. A thread that wakes up all the time knows such leaps by their
//! length.

use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use crate::{sync, threads};

/// How often the thread wakes up.
const TICK: Duration = Duration::from_millis(50);

/// So late it never wakes up while there is a processor for this process.
const LEAP: Duration = Duration::from_millis(250);

/// A clock of the process; none where no thread can be had to wind it: then time is what it is.
static CLOCK: OnceLock<Option<Mutex<Clock>>> = OnceLock::new();

/// The time, without that in which this process was not awake. Only differences between two of these
/// mean anything.
pub fn now() -> Instant {
    match CLOCK.get_or_init(start) {
        Some(clock) => sync::lock(clock).read(Instant::now()),
        None => Instant::now(),
    }
}

fn start() -> Option<Mutex<Clock>> {
    let wind = || {
        loop {
            thread::sleep(TICK);
            now();
        }
    };
    threads::start(wind).ok().map(|()| Mutex::new(Clock::new(Instant::now())))
}

#[derive(Debug)]
struct Clock {
    /// When it was read last.
    read: Instant,
    /// The leaps so far.
    lost: Duration,
}

impl Clock {
    fn new(now: Instant) -> Self {
        Self { read: now, lost: Duration::ZERO }
    }

    /// Whoever reads it first after a leap takes note of it. Readers can overtake each other.
    fn read(&mut self, now: Instant) -> Instant {
        let passed = now.saturating_duration_since(self.read);
        if passed > LEAP {
            self.lost += passed - TICK;
        }
        self.read = self.read.max(now);
        now.checked_sub(self.lost).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leap_counts_as_one_tick() {
        let start = Instant::now();
        let mut clock = Clock::new(start);
        let mut at = |ms| (clock.read(start + Duration::from_millis(ms)) - start).as_millis();
        assert_eq!([at(50), at(200), at(190), at(30_200), at(30_250)], [50, 200, 190, 250, 300]);
    }
}
