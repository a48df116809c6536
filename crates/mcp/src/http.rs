//! One bounded HTTP request: what is sent, and the answer's head with a bounded reader of its body.

use std::io::{self, BufRead, BufReader, Read};
use std::time::{Duration, Instant};

use ureq::http::{self, Method};
use ureq::{Agent, Body};

use super::excerpt::excerpt;
use super::refusal::{Phase, Refusal};

/// The largest body that is read, in bytes.
pub const BODY_LIMIT: u64 = 64 * 1024 * 1024;

/// The longest time that opening a connection may take: a gateway on the same machine that does
/// not accept within this time does not accept at all.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// The point in time at which an exchange of one or more requests must be over.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    at: Instant,
    /// The whole time that was allowed, for messages.
    pub after: Duration,
}

impl Deadline {
    /// A deadline that passes `after` from now.
    pub fn after(after: Duration) -> Deadline {
        let now = Instant::now();
        // A bound too large for the clock is as good as a year.
        let year = Duration::from_secs(365 * 24 * 3600);
        Deadline { at: now.checked_add(after).unwrap_or(now + year), after }
    }

    /// What is left, or the refusal that `phase` took too long.
    pub fn left(&self, phase: Phase) -> Result<Duration, Refusal> {
        let left = self.at.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(Refusal::Timeout { phase, after: self.after }) } else { Ok(left) }
    }
}

/// An answer whose head has arrived.
pub struct Answer {
    /// The HTTP status code.
    pub status: u16,
    /// The media type without parameters, in lower case; empty when none is given.
    pub media_type: String,
    /// The session that the gateway opened with this answer.
    pub session: Option<String>,
    /// Where a redirect points.
    pub location: Option<String>,
    /// The body, which ends with an error at the deadline and above the size limit.
    pub body: Box<dyn BufRead>,
}

/// An HTTP client for one URL: no redirects followed, no proxy of the environment used.
pub struct Http {
    agent: Agent,
    headers: Vec<(String, String)>,
}

/// The longest head of an answer, in bytes; that of a request may have half of it.
const HEAD: usize = 64 << 10;

impl Http {
    /// A client that adds `headers` to each of its requests.
    pub fn new(headers: Vec<(String, String)>) -> Http {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            // A kept connection may be closed by the gateway just as it is used again, and a POST
            // is not sent twice: a new connection on loopback costs less than that doubt.
            .max_idle_connections(0)
            // Both are filled with zeros for each request, and are 128 KiB by themselves.
            .input_buffer_size(HEAD)
            .output_buffer_size(HEAD / 2)
            .max_response_header_size(HEAD)
            .user_agent(concat!("clone-smoke/", env!("CARGO_PKG_VERSION")));
        Http { agent: config.build().new_agent(), headers }
    }

    /// Sends one request and waits for the head of the answer.
    ///
    /// # Errors
    /// The refusal that tells why there is no answer; any status is an answer.
    pub fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(String, String)],
        body: Vec<u8>,
        deadline: Deadline,
    ) -> Result<Answer, Refusal> {
        let left = deadline.left(Phase::Connect)?;
        let request = self.request(method, url, headers, body)?;
        let request = self
            .agent
            .configure_request(request)
            .timeout_global(Some(left))
            .timeout_connect(Some((left / 4 * 3).min(CONNECT_LIMIT)))
            .build();
        let response = self.agent.run(request);
        response
            .map(|response| answer(response, deadline))
            .map_err(|error| Refusal::from_http(error, Phase::Answer, deadline.after))
    }

    fn request(
        &self,
        method: Method,
        url: &str,
        headers: &[(String, String)],
        body: Vec<u8>,
    ) -> Result<http::Request<Vec<u8>>, Refusal> {
        let mut request = http::Request::builder().method(method).uri(url);
        for (name, value) in self.headers.iter().chain(headers) {
            request = request.header(name, value);
        }
        let invalid = |reason: &str| Refusal::Invalid { reason: excerpt(reason) };
        let request = request.body(body).map_err(|error| invalid(&error.to_string()))?;
        match request.uri().scheme_str() {
            Some("http") => Ok(request),
            _ => Err(invalid(&format!("{url:?} is not an http:// address"))),
        }
    }
}

/// Reads the rest of a body.
///
/// # Errors
/// The refusal that tells why it did not end well.
pub fn read_whole(body: &mut dyn BufRead, deadline: Deadline) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    match body.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Refusal::from_io(error, Phase::Body, deadline.after)),
    }
}

fn answer(response: http::Response<Body>, deadline: Deadline) -> Answer {
    let header = |name: &str| {
        response
            .headers()
            .get(name)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let media_type = header("content-type").unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let session = header("mcp-session-id");
    let location = header("location").map(|location| excerpt(&location));
    let status = response.status().as_u16();
    let body = Bounded { inner: response.into_body().into_reader(), left: BODY_LIMIT, deadline };
    Answer { status, media_type, session, location, body: Box::new(BufReader::new(body)) }
}

/// A reader that ends with an error when the deadline has passed, however little arrives at a
/// time, and when more than `left` bytes arrive.
struct Bounded<R> {
    inner: R,
    left: u64,
    deadline: Deadline,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.deadline.left(Phase::Body).map_err(io::Error::other)?;
        let count = self.inner.read(buffer)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => return Err(io::Error::other(Refusal::TooLarge { limit: BODY_LIMIT })),
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(mut reader: Bounded<impl Read>) -> Refusal {
        let error = io::copy(&mut reader, &mut io::sink()).unwrap_err();
        Refusal::from_io(error, Phase::Body, Duration::ZERO)
    }

    #[test]
    fn an_endless_body_is_refused_at_the_limit() {
        let deadline = Deadline::after(Duration::from_secs(60));
        let reader = Bounded { inner: io::repeat(b'x'), left: 1 << 20, deadline };
        assert!(matches!(refusal(reader), Refusal::TooLarge { .. }));
    }

    #[test]
    fn an_endless_body_is_refused_at_the_deadline() {
        let deadline = Deadline::after(Duration::from_millis(20));
        let reader = Bounded { inner: io::repeat(b'x'), left: u64::MAX, deadline };
        assert!(matches!(refusal(reader), Refusal::Timeout { phase: Phase::Body, .. }));
    }

    #[test]
    fn the_largest_duration_is_a_deadline() {
        assert!(Deadline::after(Duration::MAX).left(Phase::Body).is_ok());
    }
}
