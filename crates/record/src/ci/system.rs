//! The CI system that a run is in, and what it would act on.

use std::sync::OnceLock;

use super::github;

/// A CI system that acts on what its jobs print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// GitHub Actions.
    GitHub,
    /// GitLab.
    GitLab,
}

/// The one that this process runs in.
pub fn system() -> Option<System> {
    static SYSTEM: OnceLock<Option<System>> = OnceLock::new();
    let set = |name: &str| std::env::var(name).is_ok_and(|value| value == "true");
    *SYSTEM.get_or_init(|| match () {
        () if set("GITHUB_ACTIONS") => Some(System::GitHub),
        () if set("GITLAB_CI") => Some(System::GitLab),
        () => None,
    })
}

/// `text` without anything that the CI system would act on.
pub fn defused(text: String) -> String {
    if system() == Some(System::GitHub) { github::defused(&text) } else { text }
}

/// The same for JSON, whose lines start with no command, and whose strings can spell any character.
pub fn defused_json(json: String) -> String {
    if system() == Some(System::GitHub) { json.replace("##[", "##\\u005b") } else { json }
}
