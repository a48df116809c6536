//! The client against a server whose every answer is written by hand.

mod eras;
mod sessions;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use smoke_core::cause::Code;

use super::refusal::Phase;
use super::test_server::{Act, TestServer, answer, event_stream, json as reply};
use super::{Client, Options, Refusal};

const INITIALIZED: &str = r#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18"}}"#;
const LONG: Duration = Duration::from_secs(60);

fn options(timeout: Duration) -> Options {
    let headers = vec![("Authorization".to_owned(), "Bearer t".to_owned())];
    Options { timeout, headers, client_name: "test".to_owned() }
}

fn refusal(acts: Vec<Act>) -> Refusal {
    refusal_within(acts, LONG)
}

fn refusal_within(acts: Vec<Act>, timeout: Duration) -> Refusal {
    let server = TestServer::start(acts);
    Client::connect(&server.url, &options(timeout)).err().unwrap()
}

/// Holds what comes of `acts` to being `expected` by `most`, and that within one of some tries: on a
/// busy machine, any of them may be held up.
fn refused_soon(acts: &[Act], [timeout, most]: [Duration; 2], expected: impl Fn(&Refusal) -> bool) {
    const TRIES: usize = 20;
    let mut seen = Vec::new();
    for _ in 0..TRIES {
        let start = Instant::now();
        let refusal = refusal_within(acts.to_vec(), timeout);
        let took = start.elapsed();
        if expected(&refusal) && took < most {
            return;
        }
        seen.push((took, refusal));
    }
    panic!("{acts:?}: {seen:#?}");
}

/// A client in the session era, whose session the first two connections opened.
fn connected(acts: Vec<Act>) -> (TestServer, Client) {
    let head = "content-type: application/json\r\nMcp-Session-Id: s-1\r\n";
    let mut all = vec![answer("200 OK", head, INITIALIZED), answer("202 Accepted", "", "")];
    all.extend(acts);
    let server = TestServer::start(all);
    let client = Client::connect(&server.url, &options(LONG)).unwrap();
    (server, client)
}

#[test]
fn a_status_becomes_its_cause() {
    let table = [
        ("404 Not Found", Code::GatewayNotFound, "no such route"),
        ("405 Method Not Allowed", Code::GatewayRejects, "method"),
        ("406 Not Acceptable", Code::GatewayRejects, "accepted types"),
        ("401 Unauthorized", Code::GatewayRejects, "credentials"),
        ("421 Misdirected Request", Code::GatewayRejects, "Host"),
        ("500 Internal Server Error", Code::GatewayError, "inside the gateway"),
    ];
    for (status, code, words) in table {
        let refusal = refusal(vec![answer(status, "", "page\u{1b}[2J not\nfound")]);
        assert_eq!(refusal.code(), code, "{status}");
        let sentence = refusal.to_string();
        assert!(
            sentence.contains(words) && sentence.ends_with("page\\u{1b}[2J not\\nfound"),
            "{sentence}"
        );
    }
}

#[test]
fn a_redirect_is_not_followed_and_says_where_to() {
    let refusal = refusal(vec![answer("307 Temporary Redirect", "Location: /mcp/\r\n", "")]);
    assert!(
        matches!(&refusal, Refusal::Http { status: 307, location: Some(to), .. } if to == "/mcp/")
    );
    assert!(refusal.to_string().ends_with(", to /mcp/"), "{refusal}");
}

#[test]
fn nothing_listening_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(Client::connect(&url, &options(LONG)).err(), Some(Refusal::Refused));
}

#[test]
fn a_wrong_url_is_said() {
    for url in ["", "mcp", "ftp://127.0.0.1/", "http://", "https://127.0.0.1:1/mcp"] {
        let refusal = Client::connect(url, &options(LONG)).err().unwrap();
        assert!(matches!(refusal, Refusal::Invalid { .. }), "{url}: {refusal:?}");
    }
}

#[test]
fn a_gateway_that_hangs_is_left_at_the_deadline() {
    let half = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    let table = [
        (Act::Hang(String::new()), Phase::Answer),
        (Act::Hang("HTTP/1.1 200 OK\r\ncontent-".into()), Phase::Answer),
        (Act::Hang(half.into()), Phase::Body),
        (Act::Drip(event_stream(""), ": still here\n\n"), Phase::Body),
        (Act::Drip("HTTP/1.1 200 OK\r\n".into(), "x: y\r\n"), Phase::Answer),
    ];
    let times = [200, 300].map(Duration::from_millis);
    for (act, expected) in table {
        refused_soon(
            &[act],
            times,
            |refusal| matches!(refusal, Refusal::Timeout { phase, .. } if *phase == expected),
        );
    }
}

#[test]
fn an_answer_cut_short_is_a_reset() {
    let half = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    let table = [
        (Act::Answer(String::new()), Phase::Answer),
        (Act::Answer("HTTP/1.1 200 ".into()), Phase::Answer),
        (Act::Answer(half.into()), Phase::Body),
        (Act::Answer(event_stream("data: {}\n\n")), Phase::Body),
    ];
    for (act, phase) in table {
        assert_eq!(refusal(vec![act]), Refusal::Reset { phase });
    }
}

#[test]
fn what_is_not_mcp_is_shown() {
    let table = [
        (
            answer("200 OK", "content-type: text/html\r\n", "<html>hi"),
            "text/html, 8 bytes: <html>hi",
        ),
        (reply("{\"ok\":true}"), "application/json, 11 bytes: {\"ok\":true}"),
        (reply("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}"), "without protocolVersion"),
        (Act::Answer("SSH-2.0-OpenSSH\r\n\r\n".into()), ""),
    ];
    for (act, words) in table {
        let refusal = refusal(vec![act]);
        assert!(
            matches!(&refusal, Refusal::NotMcp { received } if received.contains(words)),
            "{refusal:?}"
        );
    }
}

#[test]
fn an_error_of_json_rpc_is_a_refusal() {
    let error = r#"{"jsonrpc":"2.0","id":2,"error":{"code":-32602,"message":"unknown tool"}}"#;
    let (_server, mut client) = connected(vec![reply(error)]);
    let refusal = client.call_tool("t", &json!({}), LONG).unwrap_err();
    assert_eq!(refusal, Refusal::Rpc { code: -32602, message: "unknown tool".into() });
}

/// A server that answers every request with what is in the returned place.
fn parrot() -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let answer = Arc::new(Mutex::new(Vec::new()));
    let said = answer.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(&said.lock().unwrap());
        }
    });
    (url, answer)
}

#[test]
fn holds_against_whatever_a_gateway_answers() {
    let reply = r#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18","tools":[{"name":"a"}],"nextCursor":"x"}}"#;
    let plain = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nmcp-session-id: s\r\ncontent-length: {}\r\n\r\n{reply}",
        reply.len()
    );
    let stream = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\ndata: {reply}\n\n\r\n0\r\n\r\n",
        reply.len() + 8
    );
    let away = "HTTP/1.1 307 x\r\nlocation: http://[::1]:0/\r\ncontent-length: 0\r\n\r\n";
    let (url, said) = parrot();
    smoke_core::fuzz::hold(&[plain.as_bytes(), stream.as_bytes(), away.as_bytes()], |bytes| {
        *said.lock().unwrap() = bytes.to_vec();
        let connected = Client::connect(&url, &options(Duration::from_secs(1)));
        if let Ok(mut client) = connected {
            let _ = client.list_tools();
            let _ = client.call_tool("a", &json!({}), Duration::from_secs(1));
        }
    });
}
