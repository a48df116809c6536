//! The reader against a plain one, which makes a whole value of every line and then cuts it down:
//! whatever a transcript holds, both see the same in it.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::bounded::Bounded;
use super::event::{self, RESULT_LIMIT};
use super::trim::trim;
use super::{Transcript, read};

/// An event. Fields that are not named here are passed over without being kept.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Event<'a> {
    /// `item.completed`, `turn.failed` and so on.
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    thread_id: Cow<'a, str>,
    #[serde(borrow)]
    message: Cow<'a, str>,
    usage: Option<Value>,
    error: Option<Value>,
    #[serde(borrow)]
    item: Option<Item<'a>>,
}

/// The item of an event.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Item<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    server: Cow<'a, str>,
    #[serde(borrow)]
    tool: Cow<'a, str>,
    arguments: Value,
    #[serde(borrow)]
    status: Cow<'a, str>,
    result: Option<Value>,
    error: Option<Value>,
    duration_ms: Value,
    #[serde(borrow)]
    message: Cow<'a, str>,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

/// Reads a line, leniently: invalid UTF-8 is replaced, and a known field of an unknown form is
/// taken as absent. None if the line is not a JSON object with a type.
fn parse(line: &[u8]) -> Option<Event<'_>> {
    // A derived reader would take an array for an object, field by field.
    if line.first() != Some(&b'{') {
        return None;
    }
    let event = serde_json::from_slice(line).ok().or_else(|| parse_slowly(line))?;
    (!event.kind.is_empty()).then_some(event)
}

fn parse_slowly(line: &[u8]) -> Option<Event<'static>> {
    let mut value: Value = serde_json::from_str(&String::from_utf8_lossy(line)).ok()?;
    let fields = value.as_object_mut()?;
    keep_strings(fields, &["type", "thread_id", "message"]);
    match fields.get_mut("item") {
        Some(Value::Object(item)) => {
            let names = ["id", "type", "server", "tool", "status", "message", "text"];
            keep_strings(item, &names);
        }
        _ => drop(fields.remove("item")),
    }
    Event::deserialize(value).ok()
}

/// Turns numbers among the named fields into strings, and drops what is neither.
fn keep_strings(fields: &mut Map<String, Value>, names: &[&str]) {
    for name in names {
        match fields.get(*name) {
            None | Some(Value::String(_)) => {}
            Some(Value::Number(number)) => {
                let text = Value::String(number.to_string());
                fields.insert((*name).to_owned(), text);
            }
            Some(_) => drop(fields.remove(*name)),
        }
    }
}

/// What the reader makes of a plain event.
fn cut_down(event: Event<'_>) -> event::Event<'static> {
    let text = |text: Cow<str>| Cow::Owned(event::bounded(&text).to_owned());
    let item = event.item.map(|item| event::Item {
        id: text(item.id),
        kind: text(item.kind),
        server: text(item.server),
        tool: text(item.tool),
        arguments: trimmed(item.arguments, 1 << 20),
        status: text(item.status),
        result: each_trimmed(item.result.unwrap_or_default()),
        error: item.error.unwrap_or_default(),
        duration_ms: item.duration_ms,
        message: text(item.message),
        text: text(item.text),
    });
    event::Event {
        kind: text(event.kind),
        thread_id: text(event.thread_id),
        message: text(event.message),
        usage: event.usage.unwrap_or_default(),
        error: event.error.unwrap_or_default(),
        item,
    }
}

fn trimmed(mut value: Value, limit: usize) -> Bounded {
    let mut left = limit;
    let cut = trim(&mut value, &mut left);
    Bounded { value, used: limit - left, cut }
}

fn each_trimmed(result: Value) -> Bounded {
    let Value::Object(mut fields) = result else { return trimmed(result, 100 * RESULT_LIMIT) };
    let (mut used, mut cut) = (0, false);
    for field in fields.values_mut() {
        let part = trimmed(field.take(), RESULT_LIMIT);
        (used, cut) = (used + part.used, cut | part.cut);
        *field = part.value;
    }
    Bounded { value: fields.into(), used, cut }
}

fn read_plainly(bytes: &[u8]) -> Transcript {
    let mut transcript = Transcript::default();
    let whole = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    for line in whole.split(|byte| *byte == b'\n').filter(|_| !bytes.is_empty()) {
        let Some(line) = transcript.begin_line(line) else { continue };
        match parse(line) {
            Some(event) => transcript.take_event(cut_down(event)),
            None => transcript.take_malformed(line, ""),
        }
    }
    transcript
}

fn assert_same(bytes: &[u8]) {
    let (read, plain) = (read(bytes), read_plainly(bytes));
    if read != plain {
        let (read, plain) = (format!("{read:#?}"), format!("{plain:#?}"));
        let other = read.lines().zip(plain.lines()).find(|(read, plain)| read != plain);
        let start = &bytes[..bytes.len().min(2000)];
        panic!("{}: {:?}", start.escape_ascii(), other.map(|(a, b)| (cut(a), cut(b))));
    }
}

fn cut(line: &str) -> String {
    line.chars().take(200).collect()
}

const SAMPLES: [&str; 9] = [
    r#"{"type":"thread.started","thread_id":"t-1"}"#,
    r#"{"type":"turn.started"}"#,
    r#"{"type":"item.started","item":{"id":"item_1","type":"mcp_tool_call","server":"stack","tool":"grep","arguments":{"pattern":"x"},"result":null,"error":null,"status":"in_progress"}}"#,
    r#"{"type":"item.completed","item":{"id":"item_1","type":"mcp_tool_call","server":"stack","tool":"grep","arguments":{"pattern":"x"},"result":{"content":[{"type":"text","text":"h\u00fct \ud83d\ude00"}],"structured_content":{"hits":[1,-2,0.5,1e3,null,true]}},"error":null,"status":"completed","duration_ms":12}}"#,
    r#"{"type":"item.completed","item":{"id":"item_2","type":"mcp_tool_call","server":"stack","tool":"boom","arguments":{},"error":{"message":"no\n\nStack backtrace:\n 0: x"},"status":"failed"}}"#,
    r#"{"type":"item.completed","item":{"id":7,"type":"command_execution","aggregated_output":"a\"b\\","exit_code":0}}"#,
    r#"{"type":"item.completed","item":{"id":"item_4","type":"agent_message","text":"done \u00fc","annotations":[{"a":[[]]}]}}"#,
    r#"{"type":"turn.completed","usage":{"input_tokens":70,"new_tokens":1}}"#,
    r#"{"type":"turn.failed","error":{"message":"gone"},"message":"or not"}"#,
];

#[test]
fn whatever_an_agent_prints_is_read_as_plainly() {
    let whole = SAMPLES.join("\n");
    let mut samples: Vec<&[u8]> = SAMPLES.iter().map(|line| line.as_bytes()).collect();
    samples.push(whole.as_bytes());
    smoke_core::fuzz::hold(&samples, assert_same);
}

#[test]
fn damaged_lines_are_read_as_plainly() {
    let bits: [&str; 24] = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\\ud800",
        "1e999",
        "-",
        "null",
        "true",
        "7",
        "0.5",
        "\"id\":1,",
        "\"type\":\"error\",",
        "\"item\":\"x\",",
        "\"result\":[1,2],",
        "\"status\":\"\",",
        "\"extra\":\"\\ud800\",",
        "\"error\":\"plain\",",
        "\"arguments\":7,",
        "\"item\":{\"id\":\"a\",",
    ];
    for seed in 0..3_000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut line = random.choice(SAMPLES).unwrap_or_default().as_bytes().to_vec();
        for _ in 0..random.usize(1..4) {
            let at = random.usize(..=line.len().max(1) - 1);
            let until = (at + random.usize(0..12)).min(line.len());
            match random.u8(..5) {
                0 if !line.is_empty() => line[at] = random.u8(..),
                1 => drop(line.drain(at..until)),
                2 => line.truncate(at),
                _ => {
                    let bit = random.choice(bits).unwrap_or_default();
                    let field = line[..at].iter().rposition(|byte| b"{,".contains(byte));
                    let place = field.filter(|_| bit.len() > 2).map_or(at, |at| at + 1);
                    drop(line.splice(place..place, bit.bytes()));
                }
            }
        }
        assert_same(&line);
    }
}

#[test]
fn large_values_are_read_as_plainly() {
    for seed in 0..40 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut text = String::new();
        for id in 0..random.usize(1..4) {
            let text_size = random.usize(0..200_000);
            let (many, long) = (random.usize(0..5000), "ü".repeat(random.usize(0..40_000)));
            let numbers = vec!["{\"a\":1,\"\":null}"; many].join(",");
            text += &format!(
                r#"{{"type":"item.completed","item":{{"id":"{id}","type":"mcp_tool_call","arguments":{{"t":"{}","x":[{numbers}]}},"result":{{"content":[{{"text":"{long}"}},[{numbers}]],"structured_content":[null,[{numbers}]],"_meta":{{"{long}":1,"b":2}}}}}}}}"#,
                "x".repeat(text_size * 6)
            );
            text.push('\n');
        }
        assert_same(text.as_bytes());
    }
}

#[test]
fn calls_beyond_all_limits_are_read_as_plainly() {
    let call = |kind: &str, id: usize, size: usize, status: &str| {
        let text = "x".repeat(size);
        format!(
            r#"{{"type":"{kind}","item":{{"id":"{id}","type":"mcp_tool_call","arguments":{{"a":"{text}"}},"result":{{"content":"{text}","s":["{text}"]}},"status":"{status}"}}}}"#
        )
    };
    let mut lines = Vec::new();
    for id in 0..600 {
        lines.push(call("item.started", id, 60_000 + id % 7, "in_progress"));
    }
    for id in 0..700 {
        lines.push(call("item.completed", id, 100 + id * 90, "completed"));
    }
    assert_same(lines.join("\n").as_bytes());
}
