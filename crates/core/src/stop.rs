//! The flag that asks for a stop, shared by everything that waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

/// Says whether, why and how urgently a run is to stop. Clones share one state.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    signal: Arc<AtomicI32>,
    count: Arc<AtomicUsize>,
    cancelled: Option<Arc<AtomicUsize>>,
}

impl Stop {
    /// Notes that `signal` arrived. The first one decides the exit code; each one counts.
    pub fn note(&self, signal: i32) {
        let _ = self.signal.compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst);
        self.count.fetch_add(1, Ordering::SeqCst);
    }

    /// The first signal that arrived.
    pub fn signal(&self) -> Option<i32> {
        Some(self.signal.load(Ordering::SeqCst)).filter(|signal| *signal != 0)
    }

    /// How often a stop was asked for: once means an orderly end, twice means at once.
    pub fn count(&self) -> usize {
        let own = self.cancelled.as_ref().map_or(0, |cancelled| cancelled.load(Ordering::SeqCst));
        self.count.load(Ordering::SeqCst) + own
    }

    /// Whether a stop was asked for.
    pub fn is_set(&self) -> bool {
        self.count() > 0
    }

    /// A stop that also follows this one, and can be cancelled without a signal: the steps of a
    /// run get one, so that the failure of a step ends those beside it.
    pub fn child(&self) -> Self {
        Self { cancelled: Some(Arc::default()), ..self.clone() }
    }

    /// Asks for a stop of this one and its clones, without a signal. Only a child can be cancelled.
    pub fn cancel(&self) {
        if let Some(cancelled) = &self.cancelled {
            cancelled.store(1, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_follows_its_parent_and_not_the_other_way() {
        let parent = Stop::default();
        let child = parent.child();
        child.cancel();
        assert!(child.is_set() && !parent.is_set());
        assert_eq!(child.signal(), None);
        parent.note(2);
        parent.note(15);
        assert_eq!((parent.signal(), parent.count(), child.count()), (Some(2), 2, 3));
    }
}
