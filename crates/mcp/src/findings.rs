//! Findings about a server: what this client passes over, and others do not.

use smoke_core::finding::{Finding, Name};

/// A server's output has a line that is no message.
pub fn stray_output(line: &str) -> Finding {
    let summary =
        format!("its output has the line {line:?}, which is no message: some clients end there");
    Finding::new(Name::StrayOutput, "", summary)
}
