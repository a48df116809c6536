//! Findings about what a server says, whoever listens. Their subject is left empty.

use std::time::Duration;

use serde_json::Value;
use smoke_core::finding::{Finding, Name};

/// The versions of MCP that official clients take as an answer to `initialize`.
const VERSIONS: [&str; 5] = ["2024-10-07", "2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

/// How long official clients wait for a server to end once its input is closed, before they signal.
pub const GRACE: Duration = Duration::from_secs(2);

/// What our gateway's log says before the first line of a server's output that is no message.
pub const STRAY: &str = "its output has a line that is no message: ";

/// The output of a server has `line`, which is no message.
pub fn stray_output(line: &str) -> Finding {
    let summary =
        format!("its output has the line {line:?}, which is no message: some clients end there");
    Finding::new(Name::StrayOutput, "", summary)
}

/// The answer to `initialize` names this version, if that is one which official clients refuse.
pub fn version_unknown(version: &str) -> Option<Finding> {
    let summary = format!(
        "it answers `initialize` with the protocol version {version:?}, at which the official \
         clients for TypeScript and Python end; known are {}",
        VERSIONS.join(", ")
    );
    (!VERSIONS.contains(&version)).then(|| Finding::new(Name::VersionUnknown, "", summary))
}

/// A request with a number as its id was answered with `id`.
pub fn id_changed(id: &Value) -> Finding {
    let summary = format!(
        "it answers a request that had a number as its id with the id {id}: Codex and other \
         clients in Rust wait for ever"
    );
    Finding::new(Name::IdChanged, "", summary)
}

/// What ended a server that was no longer wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// The end of its input, or itself.
    Input,
    /// The signal TERM.
    Term,
    /// The signal KILL.
    Kill,
}

/// What people are left with when a client goes away, if a server is ended `by` more than the end of its input,
/// within [`GRACE`].
pub fn ended_badly(by: EndedBy) -> Option<Finding> {
    let seconds = GRACE.as_secs();
    let (name, what) = match by {
        EndedBy::Input => return None,
        EndedBy::Term => (Name::InputEndIgnored, "had to be sent TERM"),
        EndedBy::Kill => (Name::TermIgnored, "passed over TERM as well, and had to be killed"),
    };
    let summary = format!(
        "it went on for {seconds} s after its input was closed, and {what}: clients that only close \
         their end leave it running"
    );
    Some(Finding::new(name, "", summary))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_clients_take_is_no_finding() {
        assert_eq!(version_unknown("2025-06-18"), None);
        for version in ["1.0", "2026-07-28", ""] {
            assert_eq!(version_unknown(version).unwrap().name, Name::VersionUnknown);
        }
    }
}
