//! SIGCHLD, which tells this process of the ends of its children.

use std::sync::{Arc, Once};

/// Makes sure that children can be waited for, whatever this process inherited.
///
/// A parent that ignores SIGCHLD passes that on, and then the kernel reaps our children before we
/// can; wait-timeout crashes as well. A handler, even an empty one, puts it right. One that blocks it
/// passes that on too: see [`crate::signals::accept`].
pub(crate) fn own() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _ = signal_hook::flag::register(signal_hook::consts::SIGCHLD, Arc::default());
    });
}
