//! As much of an HTTP server as a small gateway needs: one request a connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// A request.
pub struct Request {
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// Its headers, with names in small letters.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a header, whose name is given in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Answers all requests with what `answer` makes of each: a status, header lines that each end in
/// a line break, and a body. Ends with the process.
pub fn serve(
    listener: &TcpListener,
    answer: impl Fn(&Request) -> (u16, String, String) + Send + Sync + 'static,
) {
    let answer = Arc::new(answer);
    for stream in listener.incoming().flatten() {
        let answer = answer.clone();
        thread::spawn(move || exchange(stream, &*answer));
    }
}

fn exchange(mut stream: TcpStream, answer: &dyn Fn(&Request) -> (u16, String, String)) {
    let Some(request) = read(&stream) else { return };
    let (status, headers, body) = answer(&request);
    let length = body.len();
    // A client that has left does not miss the answer.
    let _ = write!(
        stream,
        "HTTP/1.1 {status} -\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream);
    let mut first = String::new();
    lines.read_line(&mut first).ok()?;
    let mut words = first.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let (mut length, mut headers) = (0, Vec::new());
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).ok()?;
        let Some((key, value)) = line.trim().split_once(':') else { break };
        if key.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
        headers.push((key.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut body = vec![0; length];
    lines.read_exact(&mut body).ok()?;
    Some(Request { method, path, headers, body })
}
