//! Tests of the endpoint, which is asked as an agent asks it.

use std::io::{Read, Write};

use serde_json::json;

use super::*;

fn model() -> ScriptedModel {
    let calls = [("say", json!({"text": "hi"})), ("more", json!({}))];
    let calls = calls.map(|(tool, arguments)| (tool.to_owned(), arguments)).to_vec();
    ScriptedModel::start(Script { server: "stack".into(), calls, ..Script::default() }).unwrap()
}

fn send(model: &ScriptedModel, request: &str) -> String {
    let mut stream = TcpStream::connect(model.address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

fn post_to(model: &ScriptedModel, path: &str, body: &Value) -> String {
    let (secret, body) = (&model.shared.secret, body.to_string());
    let length = body.len();
    let head = format!("POST /{secret}{path} HTTP/1.1\r\nContent-Length: {length}\r\n\r\n");
    let text = send(model, &format!("{head}{body}"));
    assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
    text
}

/// The events of an answer; what ends a stream of chunks is none.
fn events(text: &str) -> Vec<Value> {
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    let data = data.filter(|data| *data != "[DONE]");
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
}

/// The item that an answer of the Responses API has.
fn post(model: &ScriptedModel, body: &Value) -> Value {
    let events = events(&post_to(model, "/v1/responses", body));
    let last = events.last().unwrap();
    assert_eq!(last["type"], "response.completed");
    assert!(last["response"]["usage"]["input_tokens"].as_u64().unwrap() > 0);
    for (number, event) in events.iter().enumerate() {
        assert_eq!(event["sequence_number"], number);
    }
    last["response"]["output"][0].clone()
}

fn offering(tools: &[&str], answered: &[&str]) -> Value {
    let tools: Vec<_> =
        tools.iter().map(|name| json!({"type": "function", "name": name})).collect();
    let outputs: Vec<_> = answered
        .iter()
        .map(|id| json!({"type": "function_call_output", "call_id": id, "output": "x"}))
        .collect();
    json!({"tools": tools, "input": outputs, "stream": true})
}

#[test]
fn plays_the_calls_in_their_order_and_says_so_when_it_is_done() {
    let model = model();
    let tools = ["shell", "mcp__stack__say", "mcp__stack__more"];
    let first = post(&model, &offering(&tools, &[]));
    assert_eq!(first["name"], "mcp__stack__say");
    assert_eq!(first["arguments"], r#"{"text":"hi"}"#);
    assert_eq!(post(&model, &offering(&tools, &[])), first, "a repeated request");
    let id = first["call_id"].as_str().unwrap();
    let second = post(&model, &offering(&tools, &[id]));
    assert_eq!(second["name"], "mcp__stack__more");
    let id = second["call_id"].as_str().unwrap();
    assert_eq!(post(&model, &offering(&tools, &[id]))["type"], "message");
    let offered = model.requests().offered.unwrap();
    let names: Vec<_> = offered.iter().map(|offer| offer.tool.as_str()).collect();
    assert_eq!(names, ["say", "more"]);
    assert_eq!(model.requests().stopped_at, None);
}

#[test]
fn stops_where_a_tool_is_not_offered() {
    let model = model();
    assert_eq!(model.requests().offered, None);
    let item = post(&model, &offering(&["mcp__stack__say"], &["smoke_call_0"]));
    assert_eq!(item["type"], "message");
    assert_eq!(model.requests().stopped_at, Some(1));
}

#[test]
fn refuses_what_is_no_request_of_its_agent() {
    let model = model();
    for path in ["/v1/responses", "/x/v1/responses"] {
        let text = send(&model, &format!("POST {path} HTTP/1.1\r\nContent-Length: 2\r\n\r\n{{}}"));
        assert!(text.starts_with("HTTP/1.1 404 "), "{text}");
    }
    let path = format!("/{}/v1/responses", model.shared.secret);
    let zstd =
        format!("POST {path} HTTP/1.1\r\nContent-Encoding: zstd\r\nContent-Length: 2\r\n\r\n{{}}");
    assert!(send(&model, &zstd).starts_with("HTTP/1.1 415 "));
    assert!(model.requests().problem.is_some());
    let long = format!("POST {path} HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n");
    assert_eq!(send(&model, &long), "");
}

#[test]
fn reads_chunks() {
    let model = model();
    let path = format!("/{}/v1/responses", model.shared.secret);
    let text = send(
        &model,
        &format!(
            "POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{{\r\n1\r\n}}\r\n0\r\n\r\n"
        ),
    );
    assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
}

/// What each format calls the same things: where it is asked, a request that offers a tool and has the
/// results of so many calls, and where its answer has the name that is called.
#[test]
fn the_same_script_is_played_in_every_format() {
    let chat = |count: usize| {
        let results = (0..count)
            .map(|at| json!({"role": "tool", "tool_call_id": format!("smoke_call_{at}")}));
        let tools = ["say", "more"].map(
            |name| json!({"type": "function", "function": {"name": format!("stack__{name}")}}),
        );
        json!({"stream": true, "tools": tools, "messages": results.collect::<Vec<_>>()})
    };
    let messages = |count: usize| {
        let results = (0..count)
            .map(|at| json!({"type": "tool_result", "tool_use_id": format!("smoke_call_{at}")}));
        let tools = ["say", "more"].map(|name| json!({"name": format!("mcp__stack__{name}")}));
        let content = results.collect::<Vec<_>>();
        json!({"stream": true, "tools": tools, "messages": [{"role": "user", "content": content}]})
    };
    let gemini = |count: usize| {
        let parts = (0..count).map(|_| json!({"functionResponse": {"name": "x"}}));
        let tools = ["say", "more"].map(|name| json!({"name": format!("mcp_stack_{name}")}));
        let parts = parts.collect::<Vec<_>>();
        json!({"tools": [{"functionDeclarations": tools}], "contents": [{"parts": parts}]})
    };
    type Asked<'a> = (&'a str, &'a dyn Fn(usize) -> Value, &'a str);
    let table: [Asked; 3] = [
        ("/v1/chat/completions", &chat, "stack__"),
        ("/v1/messages?beta=true", &messages, "mcp__stack__"),
        ("/v1beta/models/some:streamGenerateContent?alt=sse", &gemini, "mcp_stack_"),
    ];
    for (path, body, prefix) in table {
        let model = model();
        for (count, name) in [(0, "say"), (1, "more")] {
            let text = post_to(&model, path, &body(count));
            assert!(text.contains(&format!("\"{prefix}{name}\"")), "{path}: {text}");
            assert!(!events(&text).is_empty());
        }
        assert!(post_to(&model, path, &body(2)).contains("done"), "{path}");
        assert_eq!(model.requests().offered.unwrap().len(), 2);
        // The same as one document.
        let mut whole = body(0);
        whole["stream"] = false.into();
        let path = path.replace("streamGenerateContent", "generateContent");
        let text = post_to(&model, &path, &whole);
        let (_, document) = text.split_once("\r\n\r\n").unwrap();
        assert!(serde_json::from_str::<Value>(document).unwrap().is_object(), "{text}");
    }
}

#[test]
fn a_request_without_tools_says_nothing_of_the_stack() {
    let model = model();
    let body = json!({"stream": true, "messages": [{"role": "user", "content": "a title"}]});
    assert!(post_to(&model, "/v1/chat/completions", &body).contains("[DONE]"));
    let requests = model.requests();
    assert_eq!((requests.offered, requests.stopped_at), (None, None));
}
