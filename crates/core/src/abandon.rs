//! Abandoned work: what cannot be cut short, such as a request that nobody answers, goes on by itself, and
//! whoever waits for it can stop waiting.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::stop::Stop;
use crate::sync;
use crate::threads;

/// Does `work`, and returns what comes of it; none when a stop is asked for first. Then the work
/// goes on by itself, up to its own bound, and what comes of it is dropped.
pub fn unless_stopped<T: Send + 'static>(
    stop: &Stop,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    const TICK: Duration = Duration::from_millis(20);
    let (sender, receiver) = channel();
    let shared = Arc::new(Mutex::new(Some(work)));
    let theirs = shared.clone();
    let started = threads::start(move || {
        if let Some(work) = take(&theirs) {
            let _ = sender.send(work());
        }
    });
    if started.is_err() {
        // Without a thread there is no way but to wait.
        return take(&shared).map(|work| work());
    }
    while !stop.is_set() {
        match receiver.recv_timeout(TICK) {
            Ok(result) => return Some(result),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    receiver.try_recv().ok()
}

fn take<T>(shared: &Mutex<Option<T>>) -> Option<T> {
    sync::lock(shared).take()
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Instant;

    use super::*;

    #[test]
    fn returns_what_comes_of_it() {
        assert_eq!(unless_stopped(&Stop::default(), || 7), Some(7));
    }

    #[test]
    fn does_not_wait_once_a_stop_is_asked_for() {
        let stop = Stop::default();
        let (begin, noted) = (Instant::now(), stop.clone());
        let result = unless_stopped(&stop, move || {
            noted.note(2);
            thread::sleep(Duration::from_secs(30));
        });
        assert!(result.is_none() && begin.elapsed() < Duration::from_secs(10));
    }
}
