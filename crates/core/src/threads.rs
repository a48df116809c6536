//! Threads that may not be had: a user may start only so many.

use std::io;
use std::thread;

/// Runs `work` in a thread of its own, which nobody waits for.
///
/// # Errors
/// The system gives no more threads, as below a small `ulimit -u`; `work` is dropped then.
pub fn start(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().spawn(work).map(drop)
}
