//! The summary of an installation, server by server and as a whole.

use std::fmt;
use std::time::Duration;

use camino::Utf8PathBuf;
use serde_json::{Value, json};

/// One of the two files that a server lives in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The overlay of the gateway's template.
    Template,
    /// The tool overrides.
    Overrides,
}

impl Part {
    pub(crate) fn list(template: bool, overrides: bool) -> Vec<Self> {
        let parts = [(template, Self::Template), (overrides, Self::Overrides)];
        parts.into_iter().filter(|part| part.0).map(|part| part.1).collect()
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Template => "template",
            Self::Overrides => "overrides",
        })
    }
}

/// Something happened to a server. Displayed, it is the line for it.
#[derive(Clone, Debug)]
pub enum ServerEvent {
    /// It is looked at now.
    Installing {
        /// The server.
        name: String,
    },
    /// Its entry is new or different.
    Updated {
        /// The server.
        name: String,
        /// The files that changed for it.
        what: Vec<Part>,
        /// How long it took.
        duration: Duration,
    },
    /// It was set up like this already.
    UpToDate {
        /// The server.
        name: String,
        /// How long it took to see that.
        duration: Duration,
    },
    /// It was taken out.
    Removed {
        /// The server.
        name: String,
        /// The files that it was in.
        what: Vec<Part>,
        /// How long it took.
        duration: Duration,
    },
    /// It was to be taken out and was not there.
    NotInstalled {
        /// The server.
        name: String,
    },
    /// It could not be installed.
    Failed {
        /// The server.
        name: String,
        /// What is wrong.
        reason: String,
        /// What to do about it.
        remedy: String,
        /// How long it took to see that.
        duration: Duration,
    },
}

impl fmt::Display for ServerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |what: &[Part]| what.iter().map(Part::to_string).collect::<Vec<_>>().join(", ");
        match self {
            Self::Installing { name } => write!(f, "installing {name}"),
            Self::Updated { name, what, .. } => write!(f, "{name} updated ({})", list(what)),
            Self::UpToDate { name, .. } => write!(f, "{name} already up to date"),
            Self::Removed { name, what, .. } => write!(f, "{name} removed ({})", list(what)),
            Self::NotInstalled { name } => write!(f, "{name} not installed"),
            Self::Failed { name, reason, remedy, .. } => {
                write!(f, "{name} failed: {reason} ({remedy})")
            }
        }
    }
}

/// What one run of the installer did, or would do.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The bundle's name.
    pub bundle: String,
    /// Servers that are new or different.
    pub installed: Vec<String>,
    /// Servers that were set up like this already.
    pub skipped: Vec<String>,
    /// Servers that were taken out.
    pub removed: Vec<String>,
    /// Servers that could not be installed, and why.
    pub errors: Vec<(String, crate::Refusal)>,
    /// The files that changed, backups left out.
    pub overlays: Vec<Utf8PathBuf>,
    /// The copies of what `force` replaced.
    pub backups: Vec<Utf8PathBuf>,
    /// The commands that were run; the caller adds them, for the installer runs none.
    pub commands: Vec<Vec<String>>,
    /// Install refs that are new in the registry.
    pub registered: Vec<String>,
    /// Install refs that were in the registry already.
    pub reused: Vec<String>,
    /// In a dry run, a unified diff of every file that would change.
    pub diff: String,
}

impl Summary {
    /// The summary as one JSON object.
    pub fn to_json(&self) -> Value {
        let errors = self
            .errors
            .iter()
            .map(|(name, why)| json!({"name": name, "reason": why.reason, "remedy": why.remedy}));
        json!({
            "dryRun": self.dry_run,
            "bundle": self.bundle,
            "installed": self.installed,
            "skipped": self.skipped,
            "removed": self.removed,
            "errors": errors.collect::<Vec<_>>(),
            "overlays": self.overlays.iter().map(|path| path.as_str()).collect::<Vec<_>>(),
            "backups": self.backups.iter().map(|path| path.as_str()).collect::<Vec<_>>(),
            "commands": self.commands,
            "installRefs": {"registered": self.registered, "reused": self.reused},
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line() {
        let duration = Duration::ZERO;
        let what = Part::list(true, true);
        let name = || "a".to_owned();
        for (event, line) in [
            (ServerEvent::Installing { name: name() }, "installing a"),
            (
                ServerEvent::Updated { name: name(), what, duration },
                "a updated (template, overrides)",
            ),
            (ServerEvent::UpToDate { name: name(), duration }, "a already up to date"),
            (ServerEvent::NotInstalled { name: name() }, "a not installed"),
        ] {
            assert_eq!(event.to_string(), line);
        }
    }
}
