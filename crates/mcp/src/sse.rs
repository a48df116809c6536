//! A reader of server-sent events.

use std::io::{self, BufRead};

use memchr::memchr2;

use super::refusal::Refusal;

/// One event: what a blank line ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// The event's type; empty when none is given.
    pub name: String,
    /// The data lines, joined by line feeds.
    pub data: String,
}

/// Reads events from a byte stream; comments, ids and unknown fields are passed over.
pub struct Events<R> {
    reader: R,
    /// The most bytes that one event may have.
    limit: usize,
    at_start: bool,
    /// Whether the last line ended with a CR.
    after_cr: bool,
}

impl<R: BufRead> Events<R> {
    /// A reader of events of at most `limit` bytes each.
    pub fn new(reader: R, limit: usize) -> Events<R> {
        Events { reader, limit, at_start: true, after_cr: false }
    }

    /// The reader, to change how long it waits.
    pub fn reader_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// The next event that has data, or none at the end of the stream.
    ///
    /// An event that the stream's end cuts off is still given when it has data: servers exist that
    /// leave the last blank line out.
    ///
    /// # Errors
    /// Those of the reader, and an event above the limit.
    pub fn next_event(&mut self) -> io::Result<Option<Event>> {
        let mut event = Event::default();
        let mut has_data = false;
        let mut size = 0;
        while let Some(line) = self.line()? {
            if line.is_empty() && has_data {
                return Ok(Some(event));
            }
            if line.is_empty() {
                event = Event::default();
                size = 0;
                continue;
            }
            size += line.len();
            if size > self.limit {
                return Err(too_large(self.limit));
            }
            take_field(&line, &mut event, &mut has_data);
        }
        Ok(has_data.then_some(event))
    }

    /// The next line without its end, which is LF, CRLF or CR.
    fn line(&mut self) -> io::Result<Option<String>> {
        let mut bytes = Vec::new();
        loop {
            let held = match self.reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                held => held?,
            };
            if held.is_empty() && bytes.is_empty() {
                return Ok(None);
            }
            // The second half of an end that was taken for a whole one: whoever waits for it waits in vain
            // where a CR is all that comes.
            if std::mem::take(&mut self.after_cr) && held.first() == Some(&b'\n') {
                self.reader.consume(1);
                continue;
            }
            let end = memchr2(b'\n', b'\r', held);
            let is_over = end.is_some() || held.is_empty();
            self.after_cr = end.is_some_and(|at| held[at] == b'\r');
            bytes.extend_from_slice(&held[..end.unwrap_or(held.len())]);
            let taken = end.map_or(held.len(), |at| at + 1);
            self.reader.consume(taken);
            if bytes.len() > self.limit + 2 {
                return Err(too_large(self.limit));
            }
            if is_over {
                break;
            }
        }
        if std::mem::take(&mut self.at_start) && bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        Ok(Some(
            String::from_utf8(bytes)
                .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
        ))
    }
}

fn take_field(line: &str, event: &mut Event, has_data: &mut bool) {
    let (field, value) = line.split_once(':').unwrap_or((line, ""));
    let value = value.strip_prefix(' ').unwrap_or(value);
    match field {
        "data" => {
            if *has_data {
                event.data.push('\n');
            }
            event.data.push_str(value);
            *has_data = true;
        }
        "event" => event.name = value.to_owned(),
        _ => {}
    }
}

fn too_large(limit: usize) -> io::Error {
    io::Error::other(Refusal::TooLarge { limit: limit as u64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Vec<(String, String)> {
        let mut events = Events::new(text, 1000);
        std::iter::from_fn(|| events.next_event().unwrap())
            .map(|event| (event.name, event.data))
            .collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, data)| ((*name).to_owned(), (*data).to_owned())).collect()
    }

    #[test]
    fn reads_crlf_comments_and_lines_of_data() {
        let text = b"\xef\xbb\xbf: hello\r\n\r\nevent: message\r\nid: 1\r\ndata: {\"a\":\r\ndata:1}\r\n\r\n";
        assert_eq!(all(text), pairs(&[("message", "{\"a\":\n1}")]));
    }

    #[test]
    fn an_event_without_data_is_dropped_with_its_name() {
        assert_eq!(all(b"event: endpoint\n\ndata: x\n\n"), pairs(&[("", "x")]));
        assert_eq!(all(b"id: 7\nretry: 10\n\n"), pairs(&[]));
    }

    #[test]
    fn the_end_of_the_stream_ends_an_event() {
        assert_eq!(all(b"data: a\n\ndata: b"), pairs(&[("", "a"), ("", "b")]));
    }

    #[test]
    fn an_endless_line_or_event_is_an_error() {
        let line = Events::new(io::BufReader::new(io::repeat(b'x')), 100).next_event();
        assert!(line.is_err());
        let many = "data: x\n".repeat(100);
        assert!(Events::new(many.as_bytes(), 100).next_event().is_err());
    }

    #[test]
    fn random_bytes_never_panic() {
        for seed in 0..2000 {
            let mut random = fastrand::Rng::with_seed(seed);
            let alphabet = b"data: event:\r\n\n\n\xff{}";
            let text: Vec<u8> = (0..random.usize(..200))
                .map(|_| alphabet[random.usize(..alphabet.len())])
                .collect();
            let mut events = Events::new(&text[..], 50);
            while let Ok(Some(_)) = events.next_event() {}
        }
    }

    #[test]
    fn holds_against_whatever_a_gateway_streams() {
        let samples: [&[u8]; 2] = [
            b"event: message\ndata: {\"jsonrpc\":\"2.0\"}\n\n: ping\n\nid: 1\r\ndata:a\r\ndata:b\r\n\r\n",
            b"\xef\xbb\xbfdata: x\rdata: y\r\r",
        ];
        smoke_core::fuzz::hold(&samples, |bytes| {
            let mut events = Events::new(bytes, 1000);
            while let Ok(Some(event)) = events.next_event() {
                // Invalid bytes are replaced by a character of three.
                assert!(event.data.len() + event.name.len() <= 3000);
            }
        });
    }

    #[test]
    fn a_line_may_end_with_a_carriage_return_alone() {
        assert_eq!(
            all(b"event: message\rdata: 1\r\rdata: 2\r\n\r\n"),
            pairs(&[("message", "1"), ("", "2")])
        );
    }
}
