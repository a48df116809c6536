//! The questions that programs are asked, and what it means that one has no answer.

use std::time::Duration;

use smoke_core::attended::{Unanswered, Why};
use smoke_core::bound::Bound;
use smoke_core::stop::Stop;

/// What a program answers within some milliseconds it may answer within this time on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// One that does nothing for so long does not answer at all.
const STILL: Duration = Duration::from_secs(5);

/// The bound of a question.
pub fn bound(stop: &Stop) -> Bound {
    Bound::new(PATIENCE, stop).still(STILL)
}

/// Whether a question went unanswered because the machine, or this process, had no time for it: then the
/// program may be as it should be.
pub fn is_open(error: &anyhow::Error) -> bool {
    let why = error.downcast_ref::<Unanswered>().map(|unanswered| unanswered.why);
    matches!(why, Some(Why::Late | Why::Stopped))
}

/// What is said of such a question.
pub fn open(error: &anyhow::Error) -> String {
    format!("{error:#}, which says nothing of the program")
}

/// What to do then.
pub const AGAIN: &str = "run it again when the machine is less busy";
