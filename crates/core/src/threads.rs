//! Threads, of which a user may start only so many.

use std::io;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::sync;

/// Runs `work` in a thread of its own, which nobody waits for.
///
/// # Errors
/// The system gives no more threads, as below a small `ulimit -u`; `work` is dropped then.
pub fn start(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().spawn(work).map(drop)
}

/// Runs `work` in a thread of its own, which nobody waits for; here, if the system gives no more threads.
pub fn start_or_here(work: impl FnOnce() + Send + 'static) {
    let shared = Arc::new(Mutex::new(Some(work)));
    let theirs = shared.clone();
    let take = |shared: &Mutex<Option<_>>| sync::lock(shared).take();
    if start(move || take(&theirs).into_iter().for_each(|work| work())).is_err() {
        take(&shared).into_iter().for_each(|work| work());
    }
}

/// Does both, `aside` in a thread of its own; where the system gives no more, one after the other.
pub fn both<A: Send, B>(aside: impl FnOnce() -> A + Send, here: impl FnOnce() -> B) -> (A, B) {
    let (aside, outcome) = (Mutex::new(Some(aside)), Mutex::new(None));
    let work = || {
        let taken = sync::lock(&aside).take();
        if let Some(aside) = taken {
            let value = aside();
            *sync::lock(&outcome) = Some(value);
        }
    };
    let there = thread::scope(|scope| {
        let started = thread::Builder::new().spawn_scoped(scope, work);
        let there = here();
        match started.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(())) => {}
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => work(),
        }
        there
    });
    match sync::into_inner(outcome) {
        Some(value) => (value, there),
        None => unreachable!("the work was done in the thread, or else here"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn both_are_done_at_the_same_time() {
        let (from_aside, to_here) = channel();
        let (from_here, to_aside) = channel();
        let aside = move || {
            from_aside.send(()).unwrap();
            to_aside.recv().unwrap()
        };
        let here = move || {
            to_here.recv().unwrap();
            from_here.send("a").unwrap();
            "b"
        };
        assert_eq!(both(aside, here), ("a", "b"));
    }

    #[test]
    #[should_panic(expected = "aside")]
    fn a_panic_aside_is_passed_on() {
        both(|| panic!("aside"), || ());
    }

    #[test]
    #[should_panic(expected = "here")]
    fn a_panic_here_is_passed_on() {
        both(|| (), || panic!("here"));
    }
}
