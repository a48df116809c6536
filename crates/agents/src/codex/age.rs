//! The oldest version of Codex that a run can use.

use smoke_core::cause::{Cause, Code};

use super::INSTALL;

/// The first one, by the second of its three numbers: those before ask nobody for the tools of a gateway.
const FIRST: u32 = 58;

/// The cause when a version is before the first that can be used. One that was built by hand is 0.0.0.
pub fn too_old(version: &str) -> Option<Cause> {
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().ok());
    let numbers = (numbers.next().flatten(), numbers.next().flatten());
    if !matches!(numbers, (Some(0), Some(1..FIRST))) {
        return None;
    }
    let summary = format!("codex {version} is older than 0.{FIRST}, the first that a run can use");
    Some(Cause::new(Code::AgentMissing, summary, INSTALL))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_before_the_first_is_too_old() {
        for version in ["0.44.0", "0.57.9-alpha.1", "0.1.2504161510"] {
            assert!(too_old(version).is_some(), "{version}");
        }
        for version in ["0.58.0", "0.170.0-alpha.3", "0.0.0", "1.2.0", "", "codex"] {
            assert!(too_old(version).is_none(), "{version}");
        }
    }
}
