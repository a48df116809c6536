//! Locks that outlive a panic of whoever held them.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The lock of `mutex`. What a thread that panicked left behind is as good as anything: nothing here is
/// changed in more than one move.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What `mutex` held, once nobody shares it any more.
pub fn into_inner<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_lock_can_be_had_after_a_panic_of_its_holder() {
        let mutex = Mutex::new(7);
        thread::scope(|scope| {
            let held = scope.spawn(|| {
                let _held = lock(&mutex);
                panic!("while it was held");
            });
            assert!(held.join().is_err());
        });
        assert!(mutex.is_poisoned());
        assert_eq!(*lock(&mutex), 7);
        assert_eq!(into_inner(mutex), 7);
    }
}
