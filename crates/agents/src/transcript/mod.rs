//! Transcripts of an agent's work: one reader for those of every Codex version and of our own
//! agent, a writer of the same form, and the expectations that calls are held to.

mod beside;
mod bounded;
mod call;
mod event;
mod expectation;
mod fit;
mod judge;
mod line;
mod pairing;
mod reader;
mod trim;
mod trouble;
mod writer;

#[cfg(test)]
mod hold_tests;
#[cfg(test)]
mod plain_tests;
#[cfg(test)]
mod reader_tests;

pub use beside::Beside;
pub use call::{Call, Status};
pub use expectation::{Expectation, Expected, Miss, Verdict, hold};
pub use judge::{Fault, judge, judge_form};
pub use reader::{End, Transcript, read};
pub use trouble::login as login_trouble;
pub use writer::{Outcome, Writer};
