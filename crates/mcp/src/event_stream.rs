//! The oldest transport: one stream of events brings every answer, and requests are posted to the
//! address that its first event names.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};

use ureq::http::Uri;
use ureq::http::uri::Authority;

use super::excerpt::excerpt;
use super::http::{BODY_LIMIT, Deadline};
use super::refusal::{Phase, Refusal};
use super::sse::Events;

/// The most bytes of an answer's head.
const HEAD_LIMIT: u64 = 64 * 1024;

/// An open stream.
pub struct EventStream {
    /// Where requests are posted to.
    pub endpoint: String,
    events: Events<BufReader<Timed>>,
}

/// A socket whose reads all end at one deadline, however little arrives at a time.
struct Timed {
    socket: TcpStream,
    phase: Phase,
    deadline: Deadline,
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.deadline.left(self.phase).map_err(io::Error::other)?;
        self.socket.set_read_timeout(Some(left))?;
        self.socket.read(buffer)
    }
}

impl EventStream {
    /// Opens the stream at `url` and waits for the event that names the endpoint.
    ///
    /// The request is one of HTTP 1.0, so that the answer's body is not cut into chunks: the
    /// stream outlives any one deadline, which the HTTP client used elsewhere does not allow.
    ///
    /// # Errors
    /// The refusal that tells why there is no such stream.
    pub fn open(
        url: &str,
        headers: &[(String, String)],
        deadline: Deadline,
    ) -> Result<EventStream, Refusal> {
        let uri: Uri = url.parse().map_err(|_| invalid(url))?;
        let authority = uri.authority().ok_or_else(|| invalid(url))?;
        let failed = |error| Refusal::from_io(error, Phase::Connect, deadline.after);
        let port = authority.port_u16().unwrap_or(80);
        let host = authority.host().trim_matches(['[', ']']);
        let address = (host, port).to_socket_addrs().map_err(failed)?.next();
        let address = address.ok_or_else(|| invalid(url))?;
        let left = deadline.left(Phase::Connect)?;
        let mut socket = TcpStream::connect_timeout(&address, left).map_err(failed)?;
        let request = request_head(&uri, authority, headers);
        socket.set_write_timeout(Some(left)).map_err(failed)?;
        socket.write_all(request.as_bytes()).map_err(failed)?;
        let mut reader = BufReader::new(Timed { socket, phase: Phase::Answer, deadline });
        read_head(&mut reader, deadline)?;
        reader.get_mut().phase = Phase::Body;
        let events = Events::new(reader, BODY_LIMIT as usize);
        let mut stream = EventStream { endpoint: String::new(), events };
        stream.endpoint = stream.wait_for_endpoint(&format!("http://{authority}"), deadline)?;
        Ok(stream)
    }

    /// The data of the next message.
    ///
    /// # Errors
    /// A refusal when none comes before the deadline, or when the stream ends.
    pub fn next_message(&mut self, deadline: Deadline) -> Result<String, Refusal> {
        let (_, data) = self.next_event(deadline)?;
        Ok(data)
    }

    fn next_event(&mut self, deadline: Deadline) -> Result<(String, String), Refusal> {
        let failed = |error| Refusal::from_io(error, Phase::Body, deadline.after);
        self.events.reader_mut().get_mut().deadline = deadline;
        let event = self.events.next_event().map_err(failed)?;
        let event = event.ok_or(Refusal::Reset { phase: Phase::Body })?;
        Ok((event.name, event.data))
    }

    fn wait_for_endpoint(&mut self, origin: &str, deadline: Deadline) -> Result<String, Refusal> {
        loop {
            let (name, data) = self.next_event(deadline)?;
            let rest = data.strip_prefix(origin).unwrap_or(&data);
            if name == "endpoint" && rest.starts_with('/') && !rest.starts_with("//") {
                return Ok(format!("{origin}{rest}"));
            }
            if name == "endpoint" {
                let received = format!("an endpoint elsewhere: {}", excerpt(&data));
                return Err(Refusal::NotMcp { received });
            }
        }
    }
}

fn request_head(uri: &Uri, authority: &Authority, headers: &[(String, String)]) -> String {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut head = format!("GET {path} HTTP/1.0\r\nHost: {authority}\r\n");
    head.push_str("Accept: text/event-stream\r\n");
    // A line break in a value would begin another header; such a request was refused before.
    for (name, value) in headers.iter().filter(|(_, value)| !value.contains(['\r', '\n'])) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head + "\r\n"
}

fn read_head(reader: &mut BufReader<Timed>, deadline: Deadline) -> Result<(), Refusal> {
    let failed = |error| Refusal::from_io(error, Phase::Answer, deadline.after);
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let room = HEAD_LIMIT.saturating_sub(head.len() as u64);
        if reader.by_ref().take(room).read_until(b'\n', &mut head).map_err(failed)? == 0 {
            return Err(Refusal::Reset { phase: Phase::Answer });
        }
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let good = head.split(' ').nth(1) == Some("200");
    if good && head.contains("text/event-stream") {
        return Ok(());
    }
    Err(Refusal::NotMcp { received: excerpt(&head) })
}

fn invalid(url: &str) -> Refusal {
    Refusal::Invalid { reason: format!("{:?} is not an http:// address", excerpt(url)) }
}
