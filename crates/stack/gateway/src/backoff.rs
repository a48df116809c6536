//! The pause before a server that failed is started again.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);
const STABLE: Duration = Duration::from_secs(10);

/// Doubles from 100 ms to 5 s.
#[derive(Debug)]
pub struct Backoff {
    next: Duration,
}

impl Backoff {
    /// Starts at the shortest delay.
    pub fn new() -> Backoff {
        Backoff { next: FIRST }
    }

    /// The delay before the next attempt, after a server that had been up for `uptime`. One that
    /// was up for 10 s counts as stable, and its next failure as the first.
    pub fn after(&mut self, uptime: Duration) -> Duration {
        if uptime >= STABLE {
            self.next = FIRST;
        }
        let delay = self.next;
        self.next = (delay * 2).min(LONGEST);
        delay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_to_the_longest_and_starts_again_after_a_stable_time() {
        let mut backoff = Backoff::new();
        let delays: Vec<_> = (0..8).map(|_| backoff.after(Duration::ZERO).as_millis()).collect();
        assert_eq!(delays, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(backoff.after(Duration::from_secs(11)).as_millis(), 100);
    }
}
