//! Tests of the endpoint, which is asked as an agent asks it.

use std::io::{Read, Write};

use serde_json::json;

use super::*;

fn model() -> ScriptedModel {
    let calls = [("say", json!({"text": "hi"})), ("more", json!({}))];
    let calls = calls.map(|(tool, arguments)| (tool.to_owned(), arguments)).to_vec();
    ScriptedModel::start(Script { server: "stack".into(), calls }).unwrap()
}

fn send(model: &ScriptedModel, request: &str) -> String {
    let mut stream = TcpStream::connect(model.address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

fn post(model: &ScriptedModel, body: &Value) -> Vec<Value> {
    let path = model.base_url().split_once("127.0.0.1:").unwrap().1.to_owned();
    let path = format!("/{}/responses", path.split_once('/').unwrap().1);
    let body = body.to_string();
    let length = body.len();
    let text =
        send(model, &format!("POST {path} HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{body}"));
    assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
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
    assert_eq!(first[1]["item"]["name"], "mcp__stack__say");
    assert_eq!(first[1]["item"]["arguments"], r#"{"text":"hi"}"#);
    assert!(first[2]["response"]["usage"]["input_tokens"].as_u64().unwrap() > 0);
    assert_eq!(post(&model, &offering(&tools, &[]))[1], first[1], "a repeated request");
    let id = first[1]["item"]["call_id"].as_str().unwrap();
    let second = post(&model, &offering(&tools, &[id]));
    assert_eq!(second[1]["item"]["name"], "mcp__stack__more");
    let id = second[1]["item"]["call_id"].as_str().unwrap();
    assert_eq!(post(&model, &offering(&tools, &[id]))[1]["item"]["type"], "message");
    assert_eq!(model.requests().offered.unwrap(), ["say", "more"]);
    assert_eq!(model.requests().stopped_at, None);
}

#[test]
fn stops_where_a_tool_is_not_offered() {
    let model = model();
    assert_eq!(model.requests().offered, None);
    let events = post(&model, &offering(&["mcp__stack__say"], &["smoke_call_0"]));
    assert_eq!(events[1]["item"]["type"], "message");
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
