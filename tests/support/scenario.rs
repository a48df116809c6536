//! A scenario: a stack, what is asked of the harness, and what must come of it.

use std::fs;

use crate::tiny::{TALK, small, tiny};
use crate::{Finished, Sandbox, sandbox};

/// The longest failure that a person can take in at once, in lines.
const FIRST_SCREEN: usize = 24;

/// A run of `smoke` on a tiny stack. The default one passes.
pub struct Scenario<'a> {
    /// The profile, up to its stages.
    pub profile: String,
    /// The stages, checks and deadlines of the profile.
    pub rest: &'a str,
    /// Files of the repository besides README.md and the profile.
    pub files: &'a [(&'a str, &'a str)],
    /// The arguments after `smoke`.
    pub arguments: &'a [&'a str],
    /// The exit code.
    pub code: i32,
    /// The outcome in the record.
    pub outcome: &'a str,
    /// The step that failed; none in a run that passed.
    pub step: &'a str,
    /// The code of the cause; none in a run that passed.
    pub cause: &'a str,
    /// What people must find on the screen.
    pub says: &'a [&'a str],
}

impl Default for Scenario<'_> {
    fn default() -> Self {
        Self {
            profile: small(&["say"]),
            rest: TALK,
            files: &[],
            arguments: &[],
            code: 0,
            outcome: "passed",
            step: "",
            cause: "",
            says: &[],
        }
    }
}

impl Scenario<'_> {
    /// Plays it in a sandbox of its own, in which nothing may be left afterwards.
    ///
    /// # Panics
    /// Something is not as the scenario says.
    pub fn play(&self) {
        let sandbox = Sandbox::new();
        self.play_in(&sandbox);
    }

    /// Plays it in `sandbox`.
    ///
    /// # Panics
    /// As [`Scenario::play`].
    pub fn play_in(&self, sandbox: &Sandbox) -> Finished {
        let source = tiny(sandbox, &format!("{}{}", self.profile, self.rest), self.files);
        let port = sandbox::port().to_string();
        let fixed = ["smoke", "--source", source.path().as_str(), "--port", &port];
        let finished = sandbox.xtask(&[&fixed, self.arguments].concat());
        self.judge(&finished);
        finished
    }

    fn judge(&self, finished: &Finished) {
        let (record, shown) = (&finished.record, finished.shown());
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        assert_eq!(text(&record["cause"]["code"]), self.cause, "the cause; {shown}");
        assert_eq!(finished.code, self.code, "the exit code; {shown}");
        assert_eq!(record["exit_code"], self.code, "the recorded exit code; {shown}");
        assert_eq!(text(&record["outcome"]), self.outcome, "the outcome; {shown}");
        assert_eq!(text(&record["failed_step"]), self.step, "the failed step; {shown}");
        for said in self.says {
            assert!(verdict(finished).contains(said), "the verdict lacks {said:?}; {shown}");
        }
        if !self.cause.is_empty() {
            explained(finished);
        }
    }
}

/// What a run says last.
fn verdict(finished: &Finished) -> &str {
    finished.stderr.split("\n\n").last().unwrap_or_default()
}

/// A failure has a sentence and a next command, in the record and on the first screen.
///
/// # Panics
/// One of them is missing.
pub fn explained(finished: &Finished) {
    let (cause, verdict, shown) = (&finished.record["cause"], verdict(finished), finished.shown());
    assert!(verdict.lines().count() <= FIRST_SCREEN, "too long a verdict; {shown}");
    assert!(verdict.contains(&format!("[{}]", cause["code"].as_str().unwrap())), "{shown}");
    for key in ["summary", "next"] {
        let text = cause[key].as_str().unwrap_or_default();
        assert!(!text.is_empty() && verdict.contains(text), "no {key} on the screen; {shown}");
    }
    opens(cause["next"].as_str().unwrap_or_default(), &shown);
}

/// A file that is to be looked at is there and has words, and a command can be pasted: it names its file in full.
fn opens(next: &str, shown: &str) {
    assert!(!next.contains("in the run folder"), "it does not say where that is: {next}; {shown}");
    if let Some((_, path)) = format!(" {next}").split_once(" less ") {
        let words =
            fs::read_to_string(path.trim_matches('\'').replace(r"'\''", "'")).unwrap_or_default();
        assert!(!words.trim().is_empty(), "nothing is to be seen in {path}; {shown}");
    }
}
