//! Transcripts of an agent's work, whoever wrote them: their calls and what else they say, the expectations
//! that calls are held to, and what the fault is. A writer of the form that Codex gives them.

mod author;
mod book;
mod call;
mod call_event;
mod expectation;
mod facts;
mod fit;
mod hold;
mod judge;
mod name;
mod observations;
mod pairing;
mod reason;
mod server;
mod trouble;
mod writer;

#[cfg(test)]
mod hold_tests;

pub use author::Author;
pub use call::{Call, Failure, Status};
pub use call_event::CallEvent;
pub use expectation::{Expectation, Expected, Miss};
pub use facts::{End, Malformed, Transcript};
pub use hold::{Verdict, hold};
pub use judge::{Fault, judge, judge_form};
pub use name::{is_alias_of, parted, same_name};
pub use observations::Observations;
pub use server::{Server, ServerState};
pub use trouble::login as login_trouble;
pub use writer::{Outcome, Writer};
