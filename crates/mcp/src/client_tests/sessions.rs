//! Sessions: what is asked in one, and what is lost with it.

use serde_json::json;
use smoke_core::cause::Code;

use super::*;

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
