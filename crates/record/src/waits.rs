//! The waits of a run for what other processes did.

use std::time::{Duration, Instant};

use smoke_core::text::legible::cut;
use smoke_core::waited;

use super::event::{Event, Wait};

/// The longest name of what was waited for, in characters.
const LONGEST: usize = 200;

/// All waits that were not told before, of a run that started at `start`, after `before` in earlier
/// processes.
pub fn all(start: Instant, before: Duration) -> Event {
    let us = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    let since = |when: Instant| match when.checked_duration_since(start) {
        Some(after) => us(after),
        None => -us(start.duration_since(when)),
    };
    let wait = |wait: waited::Wait| Wait {
        what: cut(&wait.what, LONGEST),
        from_us: us(before) + since(wait.from),
        took_us: (wait.to - wait.from).as_micros() as u64,
    };
    Event::Waited { waits: waited::take().into_iter().map(wait).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_from_the_start_of_the_run() {
        let (before, from) = (Duration::from_secs(10), Instant::now());
        let start = from + Duration::from_secs(1);
        waited::note("a test of waits", from, from);
        let Event::Waited { waits } = all(start, before) else { panic!("another event") };
        let wait = waits.iter().find(|wait| wait.what == "a test of waits").unwrap();
        assert_eq!(wait.from_us, 9_000_000);
        assert_eq!(wait.took_us, 0);
    }
}
