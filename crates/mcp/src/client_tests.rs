//! The client against a server whose every answer is written by hand.

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
fn a_session_is_kept_named_and_ended() {
    let tools = r#"{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"a"}]}}"#;
    let (server, mut client) = connected(vec![reply(tools), answer("204 No Content", "", "")]);
    assert_eq!(client.list_tools().unwrap(), [json!({"name": "a"})]);
    assert_eq!(client.spoken().to_string(), "MCP 2025-06-18 (with a session)");
    client.close();
    let first = server.request().to_lowercase();
    assert!(first.contains("accept: application/json, text/event-stream\r\n"), "{first}");
    assert!(first.contains("authorization: bearer t\r\n") && !first.contains("mcp-session-id"));
    for expected in ["notifications/initialized", "tools/list", "DELETE /mcp"] {
        let request = server.request();
        assert!(request.contains(expected), "{request}");
        let head = request.to_lowercase();
        assert!(head.contains("mcp-session-id: s-1\r\n"), "{head}");
        assert!(head.contains("mcp-protocol-version: 2025-06-18\r\n"), "{head}");
    }
}

#[test]
fn pages_are_followed() {
    let pages = [(2, "a", r#","nextCursor":"p2""#), (3, "b", r#","nextCursor":null"#)];
    let acts = pages.map(|(id, name, next)| {
        reply(&format!(
            r#"{{"jsonrpc":"2.0","id":{id},"result":{{"tools":[{{"name":"{name}"}}]{next}}}}}"#
        ))
    });
    let (server, mut client) = connected(acts.into());
    assert_eq!(client.list_tools().unwrap(), [json!({"name": "a"}), json!({"name": "b"})]);
    let last = server.nth_request(4);
    assert!(last.contains(r#""cursor":"p2""#), "{last}");
}

#[test]
fn pages_without_end_are_refused() {
    let page = |id: usize, cursor: usize| {
        reply(&format!(r#"{{"id":{id},"result":{{"tools":[],"nextCursor":"{cursor}"}}}}"#))
    };
    let (_server, mut client) = connected(vec![page(2, 7), page(3, 7)]);
    let same = client.list_tools().unwrap_err();
    assert!(matches!(same, Refusal::NotMcp { received } if received.contains("itself")));
    let (_server, mut client) = connected((2..1002).map(|id| page(id, id)).collect());
    let endless = client.list_tools().unwrap_err();
    assert!(matches!(endless, Refusal::NotMcp { received } if received.contains("without end")));
}

#[test]
fn a_call_is_answered_by_events_between_others() {
    let events = concat!(
        ": welcome\r\n\r\nevent: ready\r\ndata: not json\r\n\r\n",
        "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}\r\n\r\n",
        "data: {\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"ping\"}\r\n\r\n",
        "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"late\":true}}\r\n\r\n",
        "data: {\"jsonrpc\":\"2.0\",\"id\":2,\r\ndata: \"result\":{\"content\":",
        "[{\"type\":\"text\",\"text\":\"no\"}],\"isError\":true}}\r\n\r\n",
    );
    let stream = Act::Hang(event_stream(events));
    let (server, mut client) = connected(vec![stream, answer("202 Accepted", "", "")]);
    let result = client.call_tool("t", &json!({}), LONG).unwrap();
    assert_eq!((result.is_error, result.content[0]["text"].as_str()), (true, Some("no")));
    let pong = server.nth_request(4);
    assert!(pong.ends_with(r#"{"jsonrpc":"2.0","id":9,"result":{}}"#), "{pong}");
}

#[test]
fn a_session_that_is_refused_after_it_was_opened_is_lost() {
    let json_head = "content-type: application/json\r\n";
    let unknown = r#"{"jsonrpc":"2.0","id":"server-error","error":{"code":-32600,"message":"Session not found"}}"#;
    for refused in [
        answer("404 Not Found", "", "no such session"),
        answer("404 Not Found", json_head, unknown),
        answer("400 Bad Request", json_head, unknown),
    ] {
        let (_server, mut client) = connected(vec![refused.clone()]);
        let lost = client.list_tools().unwrap_err();
        assert!(matches!(lost, Refusal::SessionLost { is_named: true, .. }), "{lost:?}");
        assert_eq!(lost.code(), Code::GatewayRejects);
        assert!(lost.remedy().unwrap().contains("worker"), "{lost}");
        // The other worker may get what comes right after `initialize`.
        let first = self::refusal(vec![reply(INITIALIZED), refused]);
        assert!(matches!(first, Refusal::SessionLost { is_named: false, .. }), "{first:?}");
        assert_eq!(first.remedy(), None);
    }
    let no_method = r#"{"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"no tools"}}"#;
    for other in [answer("404 Not Found", json_head, no_method), answer("401 -", "", "expired")] {
        let (_server, mut client) = connected(vec![other]);
        let refusal = client.list_tools().unwrap_err();
        assert!(!matches!(refusal, Refusal::SessionLost { .. }), "{refusal:?}");
    }
}

#[test]
fn an_error_of_json_rpc_with_404_does_not_blame_the_path() {
    let body =
        r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"Session not found"}}"#;
    let acts = || answer("404 Not Found", "content-type: application/json\r\n", body);
    let refusal = refusal(vec![acts(), acts()]);
    assert_eq!(refusal, Refusal::Rpc { code: -32001, message: "Session not found".into() });
}

#[test]
fn an_address_that_a_stream_names_and_that_takes_no_requests_is_told() {
    let stream = || Act::Hang(event_stream("event: endpoint\ndata: /messages?id=1\n\n"));
    let refused = |path: &str| {
        let acts = ["405 Method Not Allowed", "404 Not Found"].map(|status| answer(status, "", ""));
        let [first, second] = acts;
        let server = TestServer::start(vec![first, stream(), second]);
        let url = server.url.replace("/mcp", path);
        Client::connect(&url, &options(LONG)).err().unwrap()
    };
    for (path, expected) in [("/sse", false), ("/api/sse", true)] {
        let refusal = refused(path);
        let Refusal::Announced { endpoint, lacks_prefix, .. } = &refusal else {
            panic!("{refusal:?}")
        };
        assert!(endpoint.ends_with("/messages?id=1"), "{endpoint}");
        assert_eq!((*lacks_prefix, refusal.code()), (expected, Code::GatewayRejects));
        assert!(refusal.to_string().contains("HTTP 404"), "{refusal}");
    }
}

#[test]
fn an_error_of_json_rpc_is_a_refusal() {
    let error = r#"{"jsonrpc":"2.0","id":2,"error":{"code":-32602,"message":"unknown tool"}}"#;
    let (_server, mut client) = connected(vec![reply(error)]);
    let refusal = client.call_tool("t", &json!({}), LONG).unwrap_err();
    assert_eq!(refusal, Refusal::Rpc { code: -32602, message: "unknown tool".into() });
}

#[test]
fn a_stateless_gateway_is_found_out() {
    let unsupported = r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32022,"message":"version"}}"#;
    let unknown = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no initialize"}}"#;
    let json_head = "content-type: application/json\r\n";
    for first in [
        answer("400 Bad Request", json_head, unsupported),
        answer("404 Not Found", json_head, unknown),
        answer("400 Bad Request", "", "missing header"),
        reply(unknown),
    ] {
        let discovered =
            r#"{"jsonrpc":"2.0","id":2,"result":{"supportedVersions":["2026-07-28"]}}"#;
        let called = r#"{"jsonrpc":"2.0","id":3,"result":{"resultType":"complete","content":[]}}"#;
        let server = TestServer::start(vec![first, reply(discovered), reply(called)]);
        let mut client = Client::connect(&server.url, &options(LONG)).unwrap();
        assert_eq!(client.spoken().to_string(), "MCP 2026-07-28 (stateless)");
        client.call_tool("grep", &json!({"pattern": "x"}), LONG).unwrap();
        client.close();
        let call = server.nth_request(3);
        let head = call.to_lowercase();
        for header in
            ["mcp-protocol-version: 2026-07-28", "mcp-method: tools/call", "mcp-name: grep"]
        {
            assert!(head.contains(header), "{head}");
        }
        assert!(
            call.contains(r#""io.modelcontextprotocol/protocolVersion":"2026-07-28""#),
            "{call}"
        );
    }
}

#[test]
fn a_gateway_of_a_later_version_says_so() {
    let body = r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32022,"message":"only 2030"}}"#;
    let acts = || answer("400 Bad Request", "content-type: application/json\r\n", body);
    let expected = Refusal::Rpc { code: -32022, message: "only 2030".into() };
    assert_eq!(refusal(vec![acts(), acts()]), expected);
}

#[test]
fn a_gateway_of_neither_era_is_refused_with_its_first_words() {
    let refusal =
        refusal(vec![answer("400 Bad Request", "", "first"), answer("400 Bad Request", "", "x")]);
    assert!(matches!(refusal, Refusal::Http { status: 400, body, .. } if body == "first"));
}

#[test]
fn the_oldest_transport_is_spoken() {
    let stream = concat!(
        ": hello\n\nevent: endpoint\ndata: /messages?id=1\n\n",
        "event: message\ndata: {\"id\":2,\"result\":{\"protocolVersion\":\"2024-11-05\"}}\n\n",
        "event: message\ndata: {\"id\":3,\"result\":{\"tools\":[]}}\n\n",
    );
    let accepted = || answer("202 Accepted", "", "Accepted");
    // Some routers know an address only together with its verb.
    for wrong in ["405 Method Not Allowed", "404 Not Found"] {
        let wrong = answer(wrong, "", "");
        let acts = vec![wrong, Act::Hang(event_stream(stream)), accepted(), accepted(), accepted()];
        let server = TestServer::start(acts);
        let mut client = Client::connect(&server.url, &options(LONG)).unwrap();
        assert_eq!(client.spoken().to_string(), "MCP 2024-11-05 (with a stream of events)");
        assert!(client.list_tools().unwrap().is_empty());
        let get = server.nth_request(2).to_lowercase();
        assert!(
            get.starts_with("get /mcp ") && get.contains("authorization: bearer t\r\n"),
            "{get}"
        );
        assert!(server.request().starts_with("POST /messages?id=1 "));
    }
}

#[test]
fn a_stream_that_is_none_leaves_the_first_words() {
    let times = [300, 400].map(Duration::from_millis);
    for second in [
        answer("405 Method Not Allowed", "", ""),
        Act::Answer(event_stream("event: endpoint\ndata: http://10.0.0.1/elsewhere\n\n")),
        Act::Drip(event_stream(""), ": no endpoint\n\n"),
        Act::Drip(event_stream(""), ":"),
        Act::Drip("HTTP/1.1 200 OK\r\n".into(), "x: y\r\n"),
        Act::Hang(String::new()),
    ] {
        let acts = [answer("405 Method Not Allowed", "", "first"), second];
        refused_soon(
            &acts,
            times,
            |refusal| matches!(refusal, Refusal::Http { status: 405, body, .. } if body == "first"),
        );
    }
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
