//! The forms of all agents.

use std::io::Read;

use crate::codex;
use crate::stream::{Form, Reader};
use crate::transcript::{Expectation, Transcript};

/// Every form that can be read.
pub const ALL: &[Form] = &[codex::stream::FORM];

/// Reads a transcript of any agent to its end.
pub fn read(from: impl Read) -> Transcript {
    Reader::of(ALL).read(from)
}

/// The same, with room for the calls that are expected above all.
pub fn read_expecting(expectations: &[Expectation], from: impl Read) -> Transcript {
    Reader::of(ALL).expecting(expectations).read(from)
}
