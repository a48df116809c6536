//! Gateways of other eras: without sessions, of a later version, and of the oldest transport.

use std::time::Duration;

use serde_json::json;

use super::*;

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
