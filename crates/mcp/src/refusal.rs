//! Refusals: what a failed attempt to reach or use a gateway means.

use std::fmt::{self, Display};
use std::io;
use std::time::Duration;

use smoke_core::cause::Code;

use super::excerpt::excerpt;

/// Why an attempt did not succeed. Its `Display` is one sentence without line breaks.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// Nothing listens on the address.
    Refused,
    /// The host cannot be found or reached.
    Unreachable {
        /// The system's own words.
        reason: String,
    },
    /// The bound of the attempt passed.
    Timeout {
        /// What was being waited for.
        phase: Phase,
        /// How long the attempt was allowed to take.
        after: Duration,
    },
    /// The peer ended the connection before its answer was complete.
    Reset {
        /// What was being waited for.
        phase: Phase,
    },
    /// An HTTP status that is not a success.
    Http {
        /// The status code.
        status: u16,
        /// At most 300 characters of the body, control characters made visible.
        body: String,
        /// Where a redirect points.
        location: Option<String>,
    },
    /// Something answers, but it is not MCP.
    NotMcp {
        /// What was received instead.
        received: String,
    },
    /// A JSON-RPC error answers the request.
    Rpc {
        /// The JSON-RPC error code.
        code: i64,
        /// The message, at most 300 characters, control characters made visible.
        message: String,
    },
    /// A session was opened, and its next request is refused.
    SessionLost {
        /// How.
        refusal: Box<Refusal>,
        /// Whether the session has an id, which the request repeated.
        is_named: bool,
    },
    /// A stream of events names an address for requests that does not take them.
    Announced {
        /// The address.
        endpoint: String,
        /// Whether the stream itself is served below a prefix that the address lacks.
        lacks_prefix: bool,
        /// What answers there.
        refusal: Box<Refusal>,
    },
    /// The answer is larger than this client takes.
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// The request itself cannot be sent: its URL or one of its headers is wrong.
    Invalid {
        /// What is wrong with it.
        reason: String,
    },
    /// A stop was asked for while the answer was waited for.
    Stopped,
    /// A server that is spoken to over its input and output answers nothing there, and listens.
    Listens {
        /// On this TCP port.
        port: u16,
        /// Whether it is sure that it will not answer.
        for_good: bool,
    },
    /// A server that is spoken to over its input and output answers once its input is closed.
    HeldBack,
    /// A server that is spoken to over its input and output is no longer there.
    Ended {
        /// Its exit status.
        how: String,
    },
    /// Such a server could not be started in the first place.
    NotStarted {
        /// Which, and why.
        how: String,
    },
}

/// The part of an attempt that was under way when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Opening the connection.
    Connect,
    /// Sending the request and waiting for the head of the answer.
    Answer,
    /// Reading the body of the answer.
    Body,
}

/// What helps where an answer stays in the server's buffer.
const FLUSH: &str = "flush the output after each message: print(…, flush=True) in Python; setting \
                     PYTHONUNBUFFERED in [gateway] env only helps who sets it too";

/// What helps where a session is not known to whoever gets its next request.
const ONE_WORKER: &str = "let whoever opened a session get its requests: one worker, routing by the session's id, \
                          or a stateless server";

/// What helps where a stream of events names an address without its prefix.
const PREFIX: &str =
    "let it announce the path with the prefix that it is served at (root_path, mount path)";

impl Refusal {
    /// The cause code that a step gets which fails for this reason.
    pub fn code(&self) -> Code {
        match self {
            Refusal::Refused | Refusal::Unreachable { .. } => Code::GatewayNotListening,
            Refusal::Timeout { phase: Phase::Connect, .. } => Code::GatewayNotListening,
            Refusal::Timeout { .. } => Code::NoProgress,
            Refusal::Http { status: 404, .. } => Code::GatewayNotFound,
            Refusal::Http { status: 300..=499, .. }
            | Refusal::SessionLost { .. }
            | Refusal::Announced { .. } => Code::GatewayRejects,
            Refusal::Invalid { .. } => Code::ConfigInvalid,
            Refusal::Ended { .. } | Refusal::NotStarted { .. } => Code::GatewayCrashed,
            Refusal::Stopped => Code::Interrupted,
            _ => Code::GatewayError,
        }
    }

    /// Whether nothing came in the time that there was: with more of it, something may yet.
    pub fn is_late(&self) -> bool {
        matches!(self, Refusal::Timeout { .. } | Refusal::Listens { for_good: false, .. })
    }

    /// Whether it is an answer that declines what was asked, which another request may not.
    pub fn is_declined(&self) -> bool {
        match self {
            Refusal::Http { status, .. } => matches!(status, 400 | 404 | 405 | 409 | 410),
            Refusal::Rpc { .. } => true,
            _ => false,
        }
    }

    /// What helps, where the profile is what is to be corrected.
    pub fn remedy(&self) -> Option<&'static str> {
        let status = match self {
            Refusal::Http { status, .. } => status,
            Refusal::Listens { .. } => {
                return Some(
                    "leave out transport = \"stdio\" in [gateway], if it is meant to listen",
                );
            }
            Refusal::HeldBack => return Some(FLUSH),
            Refusal::SessionLost { is_named, .. } => return is_named.then_some(ONE_WORKER),
            Refusal::Announced { lacks_prefix: true, .. } => return Some(PREFIX),
            Refusal::Announced { .. } => return Some(ONE_WORKER),
            _ => return None,
        };
        match status {
            300..=399 | 404 | 405 => {
                Some("correct [gateway] url in the profile: the path is not its own")
            }
            401 | 403 => Some("give the header that it wants in [gateway] headers of the profile"),
            _ => None,
        }
    }

    pub(super) fn rpc(code: i64, message: &str) -> Refusal {
        Refusal::Rpc { code, message: excerpt(message) }
    }

    /// What an error of the HTTP client means, seen while `phase` was under way.
    pub(super) fn from_http(error: ureq::Error, phase: Phase, after: Duration) -> Refusal {
        match error {
            ureq::Error::Io(error) => Refusal::from_io(error, phase, after),
            ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
                Refusal::Timeout { phase: Phase::Connect, after }
            }
            ureq::Error::Timeout(_) => Refusal::Timeout { phase, after },
            ureq::Error::HostNotFound => Refusal::Unreachable { reason: "host not found".into() },
            ureq::Error::ConnectionFailed => Refusal::Refused,
            ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) => {
                Refusal::NotMcp { received: excerpt(&error.to_string()) }
            }
            other => Refusal::Invalid { reason: excerpt(&other.to_string()) },
        }
    }

    /// What an I/O error means; a refusal or client error that travelled inside it is taken out.
    pub(super) fn from_io(error: io::Error, phase: Phase, after: Duration) -> Refusal {
        let error = match error.downcast::<Refusal>() {
            Ok(refusal) => return refusal,
            Err(error) => error,
        };
        let error = match ureq::Error::from(error) {
            ureq::Error::Io(error) => error,
            other => return Refusal::from_http(other, phase, after),
        };
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Refusal::Refused,
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
                Refusal::Timeout { phase, after }
            }
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => Refusal::Reset { phase },
            _ => Refusal::Unreachable { reason: excerpt(&error.to_string()) },
        }
    }
}

impl Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Refused => write!(f, "connection refused: nothing listens on the address"),
            Refusal::Unreachable { reason } => write!(f, "the host cannot be reached: {reason}"),
            Refusal::Timeout { phase, after } => {
                write!(f, "no answer within {:.1} s while {phase}", after.as_secs_f64())
            }
            Refusal::Reset { phase } => write!(f, "the connection was closed while {phase}"),
            Refusal::Http { status, body, location } => {
                write!(f, "HTTP {status}, {}", meaning(*status))?;
                location.iter().try_for_each(|to| write!(f, ", to {to}"))?;
                if body.is_empty() { Ok(()) } else { write!(f, ": {body}") }
            }
            Refusal::NotMcp { received } => write!(f, "the answer is not MCP: {received}"),
            Refusal::Rpc { code, message } => write!(f, "JSON-RPC error {code}: {message}"),
            Refusal::SessionLost { refusal, .. } => {
                write!(f, "initialize was answered, and the next request of its session was not: {refusal}")
            }
            Refusal::Announced { endpoint, refusal, .. } => {
                write!(f, "its stream of events names {endpoint} for requests, where they get {refusal}")
            }
            Refusal::TooLarge { limit } => {
                write!(f, "the answer is larger than {} MiB", limit / (1024 * 1024))
            }
            Refusal::Invalid { reason } => write!(f, "the request cannot be sent: {reason}"),
            Refusal::Stopped => f.write_str("a stop was asked for"),
            Refusal::Listens { port, .. } => {
                write!(f, "it answers nothing on its output, and listens on port {port} instead")
            }
            Refusal::HeldBack => f.write_str(
                "it answers only once its input is closed: it does not flush its output after each message",
            ),
            Refusal::Ended { how } | Refusal::NotStarted { how } => {
                write!(f, "the server ended: {how}")
            }
        }
    }
}

impl std::error::Error for Refusal {}

impl Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Connect => "connecting",
            Phase::Answer => "waiting for the answer to begin",
            Phase::Body => "reading the answer",
        })
    }
}

fn meaning(status: u16) -> &'static str {
    match status {
        301 | 302 | 303 | 307 | 308 => "a redirect, often for a missing or extra slash",
        400 => "a session, version or header that the gateway does not take",
        401 | 403 => "credentials or Origin refused",
        404 => "no such route or session",
        405 => "a route that does not take this method",
        406 => "the accepted types do not suit the gateway",
        421 => "the Host header is refused",
        429 => "too many requests",
        500..=599 => "an error inside the gateway",
        _ => "not a success",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http(status: u16) -> Refusal {
        Refusal::Http { status, body: String::new(), location: None }
    }

    #[test]
    fn every_refusal_has_the_code_of_its_cause() {
        let after = Duration::from_secs(1);
        let table = [
            (Refusal::Refused, Code::GatewayNotListening),
            (Refusal::Timeout { phase: Phase::Connect, after }, Code::GatewayNotListening),
            (Refusal::Timeout { phase: Phase::Body, after }, Code::NoProgress),
            (Refusal::Reset { phase: Phase::Answer }, Code::GatewayError),
            (http(404), Code::GatewayNotFound),
            (http(307), Code::GatewayRejects),
            (http(406), Code::GatewayRejects),
            (http(503), Code::GatewayError),
            (Refusal::rpc(-32603, "x"), Code::GatewayError),
            (Refusal::Invalid { reason: String::new() }, Code::ConfigInvalid),
        ];
        for (refusal, code) in table {
            assert_eq!(refusal.code(), code, "{refusal}");
        }
    }

    #[test]
    fn a_sentence_has_no_line_break_or_escape() {
        let text = Refusal::rpc(-1, "a\nb\u{1b}[31m").to_string();
        assert_eq!(text, "JSON-RPC error -1: a\\nb\\u{1b}[31m");
    }
}
