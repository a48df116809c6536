//! A small MCP client over plain sockets.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use serde_json::{Value, json};

use crate::process::BOUND;

/// A session with a gateway.
pub struct Client {
    port: u16,
    session: String,
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<String>,
    pub body: String,
}

impl Client {
    pub fn connect(port: u16) -> Client {
        let params = json!({"protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"}});
        let initialize =
            json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params});
        let answer = post(port, &[], &initialize);
        assert_eq!(answer.status, 200, "{answer:?}");
        let session = answer.header("mcp-session-id").expect("a session id");
        let client = Client { port, session };
        let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        assert_eq!(client.post(&initialized).status, 202);
        client
    }

    /// The whole answer to a request.
    pub fn request(&self, method: &str, params: Value) -> Value {
        self.post(&json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})).message()
    }

    pub fn tools(&self) -> Vec<Value> {
        self.request("tools/list", json!({}))["result"]["tools"].as_array().unwrap().clone()
    }

    pub fn names(&self) -> Vec<String> {
        self.tools().iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    }

    pub fn call(&self, tool: &str, arguments: Value) -> Value {
        self.request("tools/call", json!({"name": tool, "arguments": arguments}))
    }

    /// The text of a call that succeeded.
    pub fn text(&self, tool: &str, arguments: Value) -> String {
        let answer = self.call(tool, arguments);
        assert_eq!(answer["result"]["isError"], false, "{answer}");
        answer["result"]["content"][0]["text"].as_str().unwrap().to_owned()
    }

    /// The text of a call that failed.
    pub fn failure(&self, tool: &str, arguments: Value) -> String {
        let answer = self.call(tool, arguments);
        assert_eq!(answer["result"]["isError"], true, "{answer}");
        answer["result"]["content"][0]["text"].as_str().unwrap().to_owned()
    }

    /// The stream of what the gateway says by itself, until the bound: signs of life come all the
    /// time, so that a read never runs out of time.
    pub fn listen(&self) -> impl Iterator<Item = String> + use<> {
        let head = format!("accept: text/event-stream\r\nmcp-session-id: {}\r\n", self.session);
        let stream = send(self.port, "GET", &head, "");
        let deadline = Instant::now() + BOUND;
        let lines = BufReader::new(stream).lines().map_while(Result::ok);
        lines.take_while(move |_| Instant::now() < deadline)
    }

    fn post(&self, message: &Value) -> Answer {
        post(self.port, &[("mcp-session-id", &self.session)], message)
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.iter().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }

    /// The JSON-RPC message, as it is or in an event.
    pub fn message(&self) -> Value {
        let events = self.body.lines().filter_map(|line| line.strip_prefix("data:"));
        let text = events.map(str::trim).rfind(|data| !data.is_empty()).unwrap_or(&self.body);
        serde_json::from_str(text).unwrap_or_else(|_| panic!("no message: {self:?}"))
    }
}

/// Posts a message with headers over the usual ones.
pub fn post(port: u16, headers: &[(&str, &str)], message: &Value) -> Answer {
    let mut head = "content-type: application/json\r\n".to_owned();
    head.push_str("accept: application/json, text/event-stream\r\n");
    headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    receive(send(port, "POST /mcp", &head, &message.to_string()))
}

/// Sends a request; the target is `/mcp` when only a method is given, and Host the gateway's own
/// unless `head` has one.
pub fn send(port: u16, target: &str, head: &str, body: &str) -> TcpStream {
    let target = if target.contains(' ') { target.to_owned() } else { format!("{target} /mcp") };
    let host = match head.contains("\r\nhost:") {
        true => String::new(),
        false => format!("host: 127.0.0.1:{port}\r\n"),
    };
    let length = body.len();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(BOUND)).unwrap();
    let request = format!(
        "{target} HTTP/1.1\r\n{host}{head}connection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

pub fn receive(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let mut headers = head.lines().map(str::to_owned);
    let status = headers.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let answer = Answer { status, headers: headers.collect(), body: String::new() };
    let chunked = answer.header("transfer-encoding").is_some();
    Answer { body: if chunked { dechunk(body) } else { body.to_owned() }, ..answer }
}

fn dechunk(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        body.push_str(&after[..size]);
        rest = after[size..].strip_prefix("\r\n").unwrap();
        if size == 0 {
            break;
        }
    }
    body
}
