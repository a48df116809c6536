//! The HTTP of the scripted model: one request, one answer, then the end.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// The longest head of a request, in bytes.
const HEAD: u64 = 64 * 1024;
/// The longest body, in bytes. What an agent sends has all results of its tools in it.
const BODY: u64 = 64 * 1024 * 1024;
/// How long the other side may be silent.
const SILENCE: Duration = Duration::from_secs(10);

/// A request.
pub struct Request {
    /// Its method.
    pub method: String,
    /// Its path, with the query.
    pub path: String,
    /// The `Content-Encoding` of the body, if it has one.
    pub encoding: Option<String>,
    /// Its body.
    pub body: Vec<u8>,
}

/// Reads one request.
///
/// # Errors
/// It is too long, too slow or no request.
pub fn read(stream: &mut TcpStream) -> io::Result<Request> {
    stream.set_read_timeout(Some(SILENCE))?;
    stream.set_write_timeout(Some(SILENCE))?;
    let mut reader = BufReader::new(stream);
    let mut head = reader.by_ref().take(HEAD);
    let first = line(&mut head)?;
    let mut words = first.split_whitespace().map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Err(invalid("the first line"));
    };
    let (mut length, mut chunked, mut encoding) = (0, false, None);
    loop {
        let header = line(&mut head)?;
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(':').ok_or_else(|| invalid("a header"))?;
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().map_err(|_| invalid("the length"))?,
            "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
            "content-encoding" => encoding = Some(value.to_ascii_lowercase()),
            _ => {}
        }
    }
    let body = if chunked { chunks(&mut reader)? } else { exactly(&mut reader, length)? };
    Ok(Request { method, path, encoding, body })
}

/// Refuses a request.
///
/// # Errors
/// The other side is gone.
pub fn refuse(stream: &mut TcpStream, status: &str, why: &str) -> io::Result<()> {
    let length = why.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{why}"
    )
}

/// Answers with a body of this type.
///
/// # Errors
/// The other side is gone.
pub fn send(stream: &mut TcpStream, kind: &str, body: &str) -> io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

/// The next line, without its end.
fn line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut bytes = Vec::new();
    reader.read_until(b'\n', &mut bytes)?;
    if bytes.pop() != Some(b'\n') {
        return Err(invalid("the head"));
    }
    let line = String::from_utf8(bytes).map_err(|_| invalid("the head"))?;
    Ok(line.trim_end_matches('\r').to_owned())
}

fn exactly(reader: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    if length > BODY {
        return Err(invalid("the length"));
    }
    let mut body = Vec::new();
    let count = reader.take(length).read_to_end(&mut body)?;
    if count as u64 == length { Ok(body) } else { Err(invalid("the body")) }
}

fn chunks(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(&mut reader.by_ref().take(HEAD))?;
        let size = size.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).map_err(|_| invalid("a chunk"))?;
        if size > BODY - (body.len() as u64).min(BODY) {
            return Err(invalid("the length"));
        }
        body.extend(exactly(reader, size)?);
        line(&mut reader.by_ref().take(HEAD))?;
        if size == 0 {
            return Ok(body);
        }
    }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{what} of the request is wrong"))
}
