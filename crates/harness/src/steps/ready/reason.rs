//! The reason why an attempt to reach the gateway failed.

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
    /// What it met.
    pub met: Met,
    /// What helps, where that is known of the answer.
    pub remedy: Option<&'static str>,
}

/// What an attempt met, by which the wait goes on or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    /// A list of tools that is not the expected one.
    List,
    /// Nobody who listens.
    Nobody,
    /// Somebody who listens, and did not take the connection within the time of the attempt.
    Queue,
    /// Somebody who said nothing within the time of the attempt.
    Silence,
    /// An answer that a gateway which is still starting would not give.
    Stranger,
    /// An answer that is no list, and may become one.
    Trouble,
    /// A server of our own that could not be started.
    NoStart,
    /// What will not change: an address that cannot be right, a list that no client takes, a gateway or a server
    /// that has ended.
    End,
}

impl Met {
    /// Whether more time might have brought something.
    pub fn is_late(self) -> bool {
        matches!(self, Self::Queue | Self::Silence)
    }

    fn of(refusal: &Refusal, code: Code) -> Self {
        let (is_late, is_unheard) = (refusal.is_late(), code == Code::GatewayNotListening);
        match refusal {
            Refusal::NotStarted { .. } => Self::NoStart,
            Refusal::Ended { .. } | Refusal::Invalid { .. } => Self::End,
            Refusal::Listens { for_good: true, .. } => Self::End,
            Refusal::Http { status: 401, .. } => Self::End,
            Refusal::Http { status, .. } if !may_pass(*status) => Self::Stranger,
            Refusal::SessionLost { .. } | Refusal::Announced { .. } => Self::Stranger,
            _ if is_unheard && is_late => Self::Queue,
            _ if is_unheard => Self::Nobody,
            _ if is_late => Self::Silence,
            _ => Self::Trouble,
        }
    }
}

/// Too early, too many, and what a front says while nothing is behind it yet.
fn may_pass(status: u16) -> bool {
    matches!(status, 425 | 429 | 502..=504)
}

impl Reason {
    /// The tools that are listed are not the expected ones.
    pub fn list(text: impl Into<String>) -> Self {
        Self { code: Code::ToolsMissing, text: text.into(), met: Met::List, remedy: None }
    }

    /// A session is refused where one was served before.
    pub fn one_session(refusal: &Refusal) -> Self {
        let text = format!("it served a session, and refuses the next one: {refusal}");
        let remedy =
            "let it make a transport for each session that is initialized: clients open several";
        let (code, met) = (Code::GatewayRejects, Met::Stranger);
        Self { code, text: cut(&text, 200), met, remedy: Some(remedy) }
    }

    /// What listens speaks TLS.
    pub fn tls() -> Self {
        let text = "what listens there speaks TLS, and not plain http".to_owned();
        let remedy = "let it serve plain http for the run, as clients on this machine reach it";
        Self { code: Code::GatewayError, text, met: Met::End, remedy: Some(remedy) }
    }

    /// A server that is started for each question did not start a second time.
    pub fn one_start(refusal: &Refusal) -> Self {
        let text = format!("its first start served, and the next one did not: {refusal}");
        let remedy =
            "look at what the first start changed: it has to start again in the same folder";
        let (code, met) = (refusal.code(), Met::End);
        Self { code, text: cut(&text, 200), met, remedy: Some(remedy) }
    }

    /// Somebody else listens in the gateway's place.
    pub fn foreign(text: impl Into<String>) -> Self {
        Self { code: Code::PortInUse, text: text.into(), met: Met::End, remedy: None }
    }

    /// The list has a tool that no client takes, which waiting does not mend.
    pub fn unusable(text: impl Into<String>) -> Self {
        Self { met: Met::End, ..Self::list(text) }
    }

    /// The gateway will not serve any more.
    pub fn crashed(text: impl Into<String>) -> Self {
        Self { code: Code::GatewayCrashed, text: text.into(), met: Met::End, remedy: None }
    }
}

impl From<&Refusal> for Reason {
    fn from(refusal: &Refusal) -> Self {
        let code = refusal.code();
        let text = cut(&refusal.to_string(), 160);
        Self { code, text, met: Met::of(refusal, code), remedy: refusal.remedy() }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_tells_a_stranger_from_a_gateway_that_starts() {
        let met = |status| {
            let (body, location) = (String::new(), None);
            Reason::from(&Refusal::Http { status, body, location }).met
        };
        assert_eq!([404, 500, 403].map(met), [Met::Stranger; 3]);
        assert_eq!(met(401), Met::End);
        assert_eq!([425, 429, 502, 504].map(met), [Met::Trouble; 4]);
    }
}
