//! Why an attempt to reach the gateway failed.

use std::fmt;

use smoke_core::cause::Code;
use smoke_core::text::legible::cut;
use smoke_mcp::Refusal;

/// Why an attempt failed, and which cause that is if it stays so.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// The cause's code.
    pub code: Code,
    /// In words.
    pub text: String,
    /// Whether something answered that a gateway which is still starting would not answer.
    pub settled: bool,
    /// Whether it was a server of our own that ended.
    pub ended: bool,
    /// Whether it could not be started in the first place.
    pub unstarted: bool,
    /// Whether nothing came within the time that the attempt was given.
    pub unanswered: bool,
    /// What helps, where that is known of the answer.
    pub remedy: Option<&'static str>,
}

impl Reason {
    /// A reason that may pass.
    pub fn new(code: Code, text: impl Into<String>) -> Self {
        let [settled, ended, unstarted, unanswered] = [false; 4];
        Self { code, text: text.into(), settled, ended, unstarted, unanswered, remedy: None }
    }
}

impl From<&Refusal> for Reason {
    fn from(refusal: &Refusal) -> Self {
        let code = Code::from_text(refusal.code()).unwrap_or(Code::GatewayError);
        let text = cut(&refusal.to_string(), 160);
        // Too early, too many, and what a front says while nothing is behind it yet.
        let passing = |status: &u16| matches!(status, 425 | 429 | 502..=504);
        let settled = matches!(refusal, Refusal::Http { status, .. } if !passing(status));
        let unstarted = matches!(refusal, Refusal::NotStarted { .. });
        let ended = unstarted || matches!(refusal, Refusal::Ended { .. });
        let unanswered = refusal.is_late();
        Self { code, text, settled, ended, unstarted, unanswered, remedy: refusal.remedy() }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
