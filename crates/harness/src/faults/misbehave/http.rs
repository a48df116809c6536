//! Servers that listen, and do not answer as a gateway does.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

/// Handles every connection in a thread of its own.
pub fn serve(port: u16, handle: impl Fn(TcpStream) + Copy + Send + 'static) -> Result<u8> {
    let listener =
        TcpListener::bind(("127.0.0.1", port)).with_context(|| format!("listen on {port}"))?;
    for stream in listener.incoming() {
        let stream = stream.context("accept")?;
        thread::spawn(move || handle(stream));
    }
    Ok(0)
}

/// Reads what comes, and says nothing.
pub fn read_to_its_end(mut stream: TcpStream) {
    while stream.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {}
}

/// Begins an answer, and sends a byte of it now and then for ever.
pub fn trickle(mut stream: TcpStream) {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n";
    let mut sent = stream.write_all(head.as_bytes());
    while sent.is_ok() {
        thread::sleep(Duration::from_millis(200));
        sent = stream.write_all(b" ");
    }
}

/// Answers, and takes what is still to come of the request: a connection that is closed before the
/// other side has sent everything is reset, and a reset is another fault.
pub fn answer(mut stream: TcpStream, status: u16) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
    let _ = stream.read(&mut [0; 4096]);
    let body = "this is not what you wanted";
    let length = body.len();
    let _ = write!(
        stream,
        "HTTP/1.1 {status} Odd\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    let _ = stream.shutdown(Shutdown::Write);
    read_to_its_end(stream);
}
