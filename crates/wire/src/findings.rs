//! Findings about what a server says, whoever listens. Their subject is left empty.

use serde_json::Value;
use smoke_core::finding::{Finding, Name};

/// The versions of MCP that official clients take as an answer to `initialize`.
const VERSIONS: [&str; 5] = ["2024-10-07", "2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

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
