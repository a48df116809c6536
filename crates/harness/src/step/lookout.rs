//! The diagnosis of a step whose time is almost over. It is begun early, because to look at all
//! processes takes longer than a deadline may be exceeded by.

use std::sync::Mutex;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use smoke_core::sync;
use smoke_record::run_record::Diagnosis;

use crate::step::diagnosis::{self, Subject};

/// How long before the end of its time a step is looked at.
pub const AHEAD: Duration = Duration::from_millis(300);

/// What was seen so long ago is looked at again.
const STALE: Duration = Duration::from_secs(2);

/// The look at a step that was begun last.
#[derive(Default)]
pub struct Lookout {
    begun: Mutex<Option<(Instant, JoinHandle<Diagnosis>)>>,
}

impl Lookout {
    /// Begins to look, unless that is going on already.
    pub fn begin(&self, step: &str, subject: &Subject) {
        let mut begun = sync::lock(&self.begun);
        if begun.as_ref().is_some_and(|(at, _)| at.elapsed() < STALE) {
            return;
        }
        let (step, subject) = (step.to_owned(), subject.clone());
        let look = thread::Builder::new().spawn(move || diagnosis::take(&step, &subject));
        *begun = look.ok().map(|look| (Instant::now(), look));
    }

    /// What was seen by the look that was begun of late, else what is seen now.
    pub fn end(&self, step: &str, subject: &Subject) -> Diagnosis {
        let begun = sync::lock(&self.begun).take();
        let fresh = begun.filter(|(at, _)| at.elapsed() < STALE);
        let seen = fresh.and_then(|(_, look)| look.join().ok());
        seen.unwrap_or_else(|| diagnosis::take(step, subject))
    }
}
