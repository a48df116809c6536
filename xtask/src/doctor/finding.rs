//! A finding of `doctor`, for people and for programs.

use serde::Serialize;
use serde_json::json;
use smoke_core::cause::Cause;

/// How good or bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// As it should be.
    Ok,
    /// Not there, and of no use to this profile.
    Unneeded,
    /// A run can do with it, but may be slow or see less.
    Warning,
    /// A run fails for it.
    Missing,
}

/// What was found about one thing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The thing.
    pub name: String,
    /// How good or bad it is.
    pub status: Status,
    /// What was found.
    pub found: String,
    /// What of a run needs it: ids of steps, or words; empty for what this profile does not need.
    pub needed_by: Vec<String>,
    /// The command or the change that mends it; none where nothing is to be mended.
    pub next: Option<String>,
}

impl Finding {
    /// That all is well.
    pub fn ok(name: &str, found: impl Into<String>) -> Self {
        let (name, found) = (name.to_owned(), found.into());
        Self { name, status: Status::Ok, found, needed_by: Vec::new(), next: None }
    }

    /// Something to know.
    pub fn warning(name: &str, found: impl Into<String>, next: impl Into<String>) -> Self {
        Self { status: Status::Warning, next: Some(next.into()), ..Self::ok(name, found) }
    }

    /// What a run would fail for, in the words that it would use.
    pub fn missing(name: &str, cause: Cause) -> Self {
        Self { status: Status::Missing, next: Some(cause.next), ..Self::ok(name, cause.summary) }
    }

    /// The same, needed by these.
    pub fn needed_by(self, needed_by: &[String]) -> Self {
        Self { needed_by: needed_by.to_vec(), ..self }
    }

    /// The same, if this profile needs it; else it does no harm that it is not there.
    pub fn unless_unneeded(self) -> Self {
        if !self.needed_by.is_empty() || self.status == Status::Ok {
            return self;
        }
        Self { status: Status::Unneeded, next: None, ..self }
    }
}

/// The name of the profile that stands in where the source has none.
pub const NONE: &str = "none";

/// A line for each, and one for what mends it.
pub fn text(profile: &str, findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.name.chars().count()).max().unwrap_or(0);
    let mut text = match profile {
        NONE => "the source has no profile yet: cargo xtask smoke --init writes one\n\n".to_owned(),
        _ => format!("for a run of profile {profile}\n\n"),
    };
    for finding in findings {
        let Finding { name, found, needed_by, next, .. } = finding;
        let word = word(finding.status);
        let by = if needed_by.is_empty() {
            String::new()
        } else {
            format!(" ({})", needed_by.join(", "))
        };
        text.push_str(&format!("{word:<9}{name:<width$}  {found}{by}\n"));
        if let Some(next) = next {
            text.push_str(&format!("{:>9}{:width$}  try: {next}\n", "", ""));
        }
    }
    let missing = findings.iter().filter(|finding| finding.status == Status::Missing).count();
    text.push_str(&match missing {
        0 => "\nnothing that it needs is missing\n".to_owned(),
        _ => format!("\n{missing} of what it needs is missing\n"),
    });
    text
}

/// One object.
pub fn json(profile: &str, findings: &[Finding]) -> String {
    let ready = findings.iter().all(|finding| finding.status != Status::Missing);
    let value = json!({"schema": 1, "profile": profile, "ready": ready, "findings": findings});
    format!("{value:#}\n")
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Ok => "ok",
        Status::Unneeded => "-",
        Status::Warning => "warning",
        Status::Missing => "MISSING",
    }
}

#[cfg(test)]
mod tests {
    use smoke_harness::missing;

    use super::*;

    #[test]
    fn what_mends_it_stands_below_what_was_found() {
        let missing = Finding::missing("pm2", missing::program("pm2")).needed_by(&["start".into()]);
        let all = [Finding::ok("git", "2.47"), missing.unless_unneeded()];
        let text = text("p", &all);
        assert!(text.contains("MISSING  pm2  there is no `pm2` on PATH (start)\n"), "{text}");
        assert!(text.contains("  try: npm install --global pm2"), "{text}");
        assert!(json("p", &all).contains("\"ready\": false"));
    }

    #[test]
    fn what_is_not_needed_is_not_mended() {
        let finding = Finding::missing("go", missing::program("go")).unless_unneeded();
        assert_eq!((finding.status, finding.next), (Status::Unneeded, None));
    }
}
