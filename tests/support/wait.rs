//! Waiting for something to become true, with a bound.

use std::thread;
use std::time::{Duration, Instant};

/// Longer than anything here takes on a busy machine, so that only a real hang meets it.
pub const BOUND: Duration = Duration::from_secs(120);

/// Asks again until `look` finds something, and returns that.
///
/// # Panics
/// It found nothing within [`BOUND`].
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + BOUND;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "{what}: not within {BOUND:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Asks again until nothing is `left`.
///
/// # Panics
/// Something was left for longer than [`BOUND`]; it is named.
pub fn until_none(what: &str, left: impl Fn() -> Vec<String>) {
    let end = Instant::now() + BOUND;
    loop {
        let left = left();
        if left.is_empty() {
            return;
        }
        assert!(Instant::now() < end, "{what}: after {BOUND:?} there is still {left:?}");
        thread::sleep(Duration::from_millis(20));
    }
}
