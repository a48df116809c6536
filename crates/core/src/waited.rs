//! The times at which this process waited for another one, so that whoever measures can tell the time that
//! children took from the time that this program took itself.

use std::mem;
use std::sync::Mutex;
use std::time::Instant;

use crate::sync;

/// So many waits are kept. A program that nobody asks for them must not grow for ever.
const MOST: usize = 4096;

/// The waits that nobody has asked for yet.
static WAITS: Mutex<Vec<Wait>> = Mutex::new(Vec::new());

/// A wait that is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    /// For what.
    pub what: String,
    /// When it began.
    pub from: Instant,
    /// When it ended.
    pub to: Instant,
}

/// Notes a wait for `what` from one moment to the other.
pub fn note(what: &str, from: Instant, to: Instant) {
    let wait = Wait { what: what.to_owned(), from, to };
    let mut waits = sync::lock(&WAITS);
    if waits.len() < MOST {
        waits.push(wait);
    }
}

/// Notes how long `wait`, which is for `what`, takes.
pub fn during<T>(what: &str, wait: impl FnOnce() -> T) -> T {
    let from = Instant::now();
    let result = wait();
    note(what, from, Instant::now());
    result
}

/// All waits since the last call, in the order in which they ended.
pub fn take() -> Vec<Wait> {
    mem::take(&mut *sync::lock(&WAITS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_once() {
        let of_this = |waits: Vec<Wait>| waits.into_iter().filter(|wait| wait.what == "a test");
        assert_eq!(during("a test", || 7), 7);
        let found: Vec<Wait> = of_this(take()).collect();
        assert!(found.len() == 1 && found[0].from <= found[0].to, "{found:?}");
        assert_eq!(of_this(take()).count(), 0);
    }
}
