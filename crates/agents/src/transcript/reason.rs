//! The reason why an expectation is not met.

use smoke_core::cause::Code;
use smoke_mcp::excerpt;

use super::hold::Verdict;
use super::server::Server;

/// Why an expectation is not met.
pub enum Reason<'a> {
    /// The call was not made.
    NoCalls,
    /// There are more calls than are kept, of which this may be one.
    LeftOut(usize),
    /// The model failed before.
    ModelFailed(String),
    /// The agent does not have the tool.
    NotOffered,
    /// The call failed, or gave something else.
    CallFailed,
    /// The agent did not allow the call.
    Refused,
    /// The agent says that it cannot use the server.
    Useless(&'a Server),
    /// The agent's login is not accepted.
    Login(String),
}

impl Reason<'_> {
    /// What explains the most comes last.
    pub fn rank(&self) -> u8 {
        match self {
            Reason::NoCalls | Reason::ModelFailed(_) => 0,
            Reason::NotOffered => 1,
            Reason::LeftOut(_) => 2,
            Reason::CallFailed => 3,
            Reason::Refused => 4,
            Reason::Useless(_) => 5,
            Reason::Login(_) => 6,
        }
    }

    /// The cause code.
    pub fn code(&self) -> Code {
        match self {
            Reason::NoCalls | Reason::ModelFailed(_) => Code::AgentNoCalls,
            Reason::NotOffered | Reason::Useless(_) => Code::AgentToolNotOffered,
            Reason::LeftOut(_) => Code::TranscriptInvalid,
            Reason::CallFailed => Code::AgentCallFailed,
            Reason::Refused => Code::AgentApprovalRefused,
            Reason::Login(_) => Code::AgentAuth,
        }
    }

    /// The sentence about the verdict that it is the reason for, of which `met` of `all` are met.
    pub fn summary(&self, verdict: &Verdict, met: usize, all: usize) -> String {
        let (tool, why) = (&verdict.tool, verdict.why.as_deref().unwrap_or_default());
        let made = format!("{met} of {all} expected calls were made well");
        match self {
            Reason::Refused => format!("the agent was not allowed to call {tool}: {why}"),
            Reason::NotOffered => format!("the agent was not offered the tool {tool}; {made}"),
            Reason::Useless(server) => {
                let reason = server.reason.iter().map(|reason| format!(": {reason}"));
                let reason: String = reason.collect();
                let (name, word) = (&server.name, &server.word);
                format!("the agent cannot use server {name}, which is {word}{reason}; {made}")
            }
            Reason::Login(message) => {
                format!("the agent's login is not accepted: {}", excerpt(message))
            }
            Reason::ModelFailed(message) => {
                format!(
                    "the agent made {met} of {all} expected calls, and then its model failed: {message}"
                )
            }
            Reason::LeftOut(count) => format!(
                "{count} calls of the transcript are not kept, and {tool} may be one of them; {made}"
            ),
            Reason::NoCalls | Reason::CallFailed => format!("{made}; {tool}: {why}"),
        }
    }
}
