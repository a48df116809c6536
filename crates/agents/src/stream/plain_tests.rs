//! The reader against a plain one, which makes a whole tree of every line: whatever a transcript holds, both
//! see the same in it.

use serde_json::{Value, json};
use smoke_mcp::excerpt;

use super::utf16::Encoding;
use crate::read;
use crate::transcript::{Call, Status};
use smoke_json::mended;

/// What a plain reader sees of the lines of Codex: how many are events, how many are not, and the calls.
#[derive(Debug, Default, PartialEq)]
struct Plain {
    events: usize,
    malformed: usize,
    calls: Vec<Value>,
}

fn read_plainly(bytes: &[u8]) -> Plain {
    let mut plain = Plain::default();
    for line in bytes.split(|byte| *byte == b'\n') {
        let line =
            mended(line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii()).into_owned();
        let events = match serde_json::from_str::<Value>(&String::from_utf8_lossy(&line)) {
            _ if line.is_empty() => continue,
            Ok(Value::Array(events)) => events,
            Ok(event) => vec![event],
            Err(_) => Vec::new(),
        };
        let taken = events.iter().filter(|event| plain.take(event)).count();
        plain.events += taken;
        plain.malformed += usize::from(taken == 0);
    }
    plain
}

impl Plain {
    fn take(&mut self, event: &Value) -> bool {
        let kind = text(&event["type"]);
        let item = &event["item"];
        let known = match kind.as_str() {
            "thread.started" | "turn.started" | "turn.completed" | "turn.failed" => true,
            "error" => event["message"].is_string(),
            kind => kind.starts_with("item.") && item.is_object(),
        };
        if kind.is_empty() || (self.events == 0 && !known) {
            return false;
        }
        if kind == "thread.started" {
            self.calls.iter_mut().for_each(|call| call["open"] = Value::Null);
        }
        let of_item = [text(&item["type"]), text(&item["item_type"])];
        let of_item = if item["type"].is_null() { &of_item[1] } else { &of_item[0] };
        if of_item == "mcp_tool_call" {
            self.take_call(&kind, item);
        }
        true
    }

    fn take_call(&mut self, event: &str, item: &Value) {
        let id = json!(text(&item["id"]));
        let known = self.calls.iter().rposition(|call| call["open"] == id);
        let known = known
            .filter(|at| event != "item.started" || self.calls[*at]["status"] == "in_progress");
        if known.is_none() && text(&item["tool"]).is_empty() {
            return;
        }
        let at = known.unwrap_or_else(|| {
            self.calls.push(json!({"open": id}));
            self.calls.len() - 1
        });
        let call = &mut self.calls[at];
        for name in ["server", "tool"] {
            let told = text(&item[name]);
            if !told.is_empty() || call[name].is_null() {
                call[name] = told.into();
            }
        }
        if !item["arguments"].is_null() {
            call["arguments"] = item["arguments"].clone();
        }
        let error = &item["error"];
        if !error.is_null() {
            let message = if error.is_object() { &error["message"] } else { error };
            call["error"] =
                text(message).split("\nStack backtrace:").next().map(str::trim_end).into();
        }
        let ended = event == "item.completed";
        call["status"] = match text(&item["status"]).as_str() {
            "" if ended && !error.is_null() => "failed".into(),
            "" if ended => "completed".into(),
            "" => "in_progress".into(),
            status => status.into(),
        };
    }
}

/// A text, or a number as one.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => start(text),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn assert_same(bytes: &[u8]) {
    if !matches!(Encoding::of(bytes), Encoding::Plain) {
        return;
    }
    let transcript = read(bytes);
    let mut plain = read_plainly(bytes);
    plain.calls.iter_mut().for_each(|call| drop(call.as_object_mut().unwrap().remove("open")));
    let call = |call: &Call| {
        let mut shown = json!({"server": start(&call.server), "tool": start(&call.tool), "status": start(call.status.as_str())});
        if !call.arguments.value().is_null() {
            shown["arguments"] = call.arguments.value();
        }
        if let Some(error) = &call.error {
            shown["error"] = start(error).into();
        }
        shown
    };
    let calls = transcript.calls.iter().map(call).collect();
    let read = Plain { events: transcript.events, malformed: transcript.malformed_count, calls };
    if read != plain {
        let start = bytes[..bytes.len().min(2000)].escape_ascii();
        panic!("{start}: {} {}", excerpt(&format!("{read:?}")), excerpt(&format!("{plain:?}")));
    }
}

/// The beginning of a text, for no more of a long one is kept.
fn start(text: &str) -> String {
    text.chars().take(2000).collect()
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
            let text_size = random.usize(0..140_000);
            let (many, long) = (random.usize(0..5000), "ü".repeat(random.usize(0..40_000)));
            let numbers = vec!["{\"a\":1,\"\":null}"; many].join(",");
            text += &format!(
                r#"{{"type":"item.completed","item":{{"id":"{id}","type":"mcp_tool_call","tool":"t","arguments":{{"t":"{}","x":[{numbers}]}},"result":{{"content":[{{"text":"{long}"}},[{numbers}]],"structured_content":[null,[{numbers}]],"_meta":{{"{long}":1,"b":2}}}}}}}}"#,
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
            r#"{{"type":"{kind}","item":{{"id":"{id}","type":"mcp_tool_call","tool":"t","arguments":{{"a":"{text}"}},"result":{{"content":"{text}","s":["{text}"]}},"status":"{status}"}}}}"#
        )
    };
    let started = (0..600).map(|id| call("item.started", id, 30_000 + id % 7, "in_progress"));
    let ended = (0..700).map(|id| call("item.completed", id, 100 + id * 90, "completed"));
    let lines: Vec<String> = started.chain(ended).collect();
    let (transcript, plain) =
        (read(lines.join("\n").as_bytes()), read_plainly(lines.join("\n").as_bytes()));
    assert_eq!(transcript.calls.len() + transcript.calls_left_out(), plain.calls.len());
    assert!(transcript.calls.len() > 100 && transcript.calls_left_out() > 100);
    for call in &transcript.calls {
        let whole = &plain.calls[call.id.parse::<usize>().unwrap()];
        let (kept, whole) = (call.arguments.value(), &whole["arguments"]);
        let (kept, whole) = (kept["a"].as_str().unwrap_or_default(), whole["a"].as_str().unwrap());
        assert!(call.truncated || kept == whole);
        assert!(whole.starts_with(kept) && call.status == Status::Completed);
    }
}
