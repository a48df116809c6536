//! The forms of all agents.

use std::io::Read;

use crate::stream::{Form, Reader};
use crate::transcript::{Expectation, Transcript};
use crate::{claude_code, cline, codex, copilot, gemini, mistral_vibe, opencode, pi, qwen_code};

/// Every form that can be read. Of two that know a line the first counts.
pub const ALL: &[Form] = &[
    codex::stream::FORM,
    codex::session::SAVED,
    codex::session::FIRST,
    qwen_code::stream::FORM,
    claude_code::stream::FORM,
    gemini::stream::FORM,
    opencode::stream::FORM,
    copilot::stream::FORM,
    cline::stream::FORM,
    mistral_vibe::stream::FORM,
    pi::stream::FORM,
];

/// Reads a transcript of any agent to its end.
pub fn read(from: impl Read) -> Transcript {
    Reader::of(ALL).read(from)
}

/// The same, with room for the calls that are expected above all.
pub fn read_expecting(expectations: &[Expectation], from: impl Read) -> Transcript {
    Reader::of(ALL).expecting(expectations).read(from)
}
