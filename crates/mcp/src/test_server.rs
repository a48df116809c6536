//! A server for tests that gives prepared answers, one a connection, and keeps what it was asked.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

/// What the server does with one connection.
#[derive(Clone, Debug)]
pub enum Act {
    /// Writes these bytes and closes.
    Answer(String),
    /// Writes these bytes, then keeps the connection open until the client leaves.
    Hang(String),
    /// Writes the first bytes, then the second ones again and again until the client leaves.
    Drip(String, &'static str),
}

/// The address of a server and the requests that it got, head and body as text.
pub struct TestServer {
    /// The address of the endpoint.
    pub url: String,
    requests: Receiver<String>,
}

impl TestServer {
    /// Starts a server that plays `acts`, one for each connection, then no longer listens.
    pub fn start(acts: Vec<Act>) -> TestServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        let (sender, requests) = channel();
        thread::spawn(move || {
            for act in acts {
                let (stream, _) = listener.accept().unwrap();
                let sender = sender.clone();
                // A connection of its own must not wait for one that hangs.
                thread::spawn(move || play(stream, act, &sender));
            }
        });
        TestServer { url, requests }
    }

    /// The next request that arrived.
    pub fn request(&self) -> String {
        self.requests.recv_timeout(Duration::from_secs(60)).unwrap()
    }

    /// The last of the next `count` requests.
    pub fn nth_request(&self, count: usize) -> String {
        (1..count).for_each(|_| drop(self.request()));
        self.request()
    }
}

/// A complete answer.
pub fn answer(status: &str, head: &str, body: &str) -> Act {
    let length = body.len();
    Act::Answer(format!("HTTP/1.1 {status}\r\n{head}content-length: {length}\r\n\r\n{body}"))
}

/// A complete answer of JSON.
pub fn json(body: &str) -> Act {
    answer("200 OK", "content-type: application/json\r\n", body)
}

/// The head of a stream of events that the connection's end ends.
pub fn event_stream(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n{body}")
}

fn play(mut stream: TcpStream, act: Act, requests: &Sender<String>) {
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let _ = requests.send(read_request(&mut stream));
    // The client may leave whenever it likes, so failed writes are no news.
    match act {
        Act::Answer(text) => drop(stream.write_all(text.as_bytes())),
        Act::Hang(text) => {
            let _ = stream.write_all(text.as_bytes());
            let _ = stream.read(&mut [0]);
        }
        Act::Drip(head, again) => {
            let _ = stream.write_all(head.as_bytes());
            while stream.write_all(again.as_bytes()).is_ok() {
                thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

fn read_request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    while !is_complete(&text) {
        match stream.read(&mut buffer) {
            Ok(count) if count > 0 => text.push_str(&String::from_utf8_lossy(&buffer[..count])),
            _ => break,
        }
    }
    text
}

fn is_complete(text: &str) -> bool {
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    body.len() >= length.unwrap_or(0)
}
