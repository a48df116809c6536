//! The reader against short transcripts in the forms of several Codex versions.

use std::io::{self, BufReader, Read};

use serde_json::json;

use super::Reader;
use crate::transcript::{Call, End, Expectation, Status, Transcript};
use crate::{FORMS, read};

const STARTED: &str = r#"{"type":"item.started","item":{"id":"item_1","type":"mcp_tool_call","server":"stack","tool":"grep","arguments":{"pattern":"x"},"result":null,"error":null,"status":"in_progress"}}"#;
const COMPLETED: &str = r#"{"type":"item.completed","item":{"id":"item_1","type":"mcp_tool_call","server":"stack","tool":"grep","arguments":{"pattern":"x"},"result":{"content":[{"type":"text","text":"hit"}],"structured_content":{"hits":1}},"error":null,"status":"completed"}}"#;
const FAILED: &str = r#"{"type":"item.completed","item":{"id":"item_2","type":"mcp_tool_call","server":"stack","tool":"boom","arguments":{},"result":null,"error":{"message":"tool call error\n\nCaused by:\n    no\n\nStack backtrace:\n   0: <unknown>"},"status":"failed"}}"#;

fn lines(lines: &[&str]) -> Transcript {
    read(lines.join("\n").as_bytes())
}

#[test]
fn a_whole_run_is_read() {
    let transcript = lines(&[
        r#"{"type":"thread.started","thread_id":"t-1"}"#,
        r#"{"type":"item.completed","item":{"id":"item_0","type":"error","message":"fallback"}}"#,
        r#"{"type":"turn.started"}"#,
        STARTED,
        COMPLETED,
        FAILED,
        r#"{"type":"item.started","item":{"id":"item_3","type":"command_execution","command":"ls"}}"#,
        r#"{"type":"item.completed","item":{"id":"item_3","type":"command_execution","aggregated_output":"a"}}"#,
        r#"{"type":"item.completed","item":{"id":"item_4","type":"new_in_2030","x":[1]}}"#,
        r#"{"type":"item.completed","item":{"id":"item_5","type":"agent_message","text":"a\u00fc"}}"#,
        r#"{"type":"turn.completed","usage":{"input_tokens":70,"new_tokens":1}}"#,
        "",
    ]);
    let [grep, boom] = &transcript.calls[..] else { panic!("{:?}", transcript.calls) };
    assert_eq!((grep.tool.as_str(), &grep.status), ("grep", &Status::Completed));
    assert_eq!(grep.arguments.value(), json!({"pattern": "x"}));
    assert_eq!(grep.structured_content(), json!({"hits": 1}));
    assert_eq!(grep.result_text(), "hit\n{\"hits\":1}");
    assert_eq!(boom.status, Status::Failed);
    assert_eq!(boom.error.as_deref(), Some("tool call error\n\nCaused by:\n    no"));
    assert_eq!(transcript.thread_id.as_deref(), Some("t-1"));
    assert_eq!(json!(transcript.tokens), json!({"input_tokens": 70, "new_tokens": 1}));
    assert_eq!(transcript.end, Some(End::Completed));
    assert_eq!(transcript.warnings, ["fallback"]);
    assert_eq!(transcript.last_message.as_deref(), Some("aü"));
    assert_eq!((transcript.commands, transcript.progress()), (1, 7));
    assert_eq!((transcript.events, transcript.malformed_count), (11, 0));
}

#[test]
fn reconnecting_is_no_progress() {
    let error = r#"{"type":"error","message":"Reconnecting... 1/5"}"#;
    let transcript = lines(&[error; 5]);
    assert_eq!((transcript.transient_errors, transcript.progress()), (5, 0));
    assert_eq!(transcript.last_error.as_deref(), Some("Reconnecting... 1/5"));
    assert_eq!(transcript.end, None);
}

#[test]
fn a_failed_turn_says_why() {
    let transcript = lines(&[r#"{"type":"turn.failed","error":{"message":"no model"}}"#]);
    assert_eq!(transcript.end, Some(End::Failed { message: "no model".into() }));
}

#[test]
fn the_tokens_of_all_turns_are_added() {
    let turn =
        r#"{"type":"turn.completed","usage":{"input_tokens":20,"output_tokens":1,"x":null}}"#;
    let tokens = lines(&[turn, r#"{"type":"turn.completed","usage":3}"#, turn]).tokens;
    assert_eq!(json!(tokens), json!({"input_tokens": 40, "output_tokens": 2}));
}

#[test]
fn a_call_without_end_stays_in_progress() {
    assert_eq!(lines(&[STARTED]).calls[0].status, Status::InProgress);
}

#[test]
fn another_thread_has_other_items() {
    let thread = r#"{"type":"thread.started","thread_id":"t-2"}"#;
    assert_eq!(lines(&[STARTED, COMPLETED, thread, STARTED, COMPLETED]).calls.len(), 2);
    assert_eq!(lines(&[COMPLETED, thread, COMPLETED]).calls.len(), 2);
    assert_eq!(lines(&[STARTED, COMPLETED, STARTED]).calls.len(), 2);
    assert_eq!(lines(&[STARTED, STARTED, COMPLETED, COMPLETED]).calls.len(), 1);
}

#[test]
fn garbage_between_events_is_kept_as_such() {
    let torn = &COMPLETED[..100];
    let transcript = lines(&["\u{feff}warning: \u{1b}[31mred", STARTED, "\r", torn, "null"]);
    assert_eq!((transcript.events, transcript.malformed_count, transcript.lines), (1, 3, 5));
    assert_eq!(transcript.malformed[0].excerpt, "warning: \\u{1b}[31mred");
    let numbers: Vec<_> = transcript.malformed.iter().map(|line| line.line_number).collect();
    assert_eq!(numbers, [1, 4, 5]);
}

#[test]
fn carriage_returns_and_invalid_utf8_are_tolerated() {
    let mut bytes = COMPLETED.replace("hit", "h\u{0}t").into_bytes();
    assert_eq!(read(&bytes[..]).malformed_count, 1, "a bare NUL is not JSON");
    bytes = COMPLETED.as_bytes().to_vec();
    let at = COMPLETED.find("hit").unwrap();
    bytes[at] = 0xff;
    bytes.extend_from_slice(b"\r\n");
    assert_eq!(read(&bytes[..]).calls[0].text_blocks(), ["\u{fffd}it"]);
}

#[test]
fn a_large_result_is_cut_and_said_to_be() {
    let transcript = lines(&[&COMPLETED.replace("hit\"", &("ü".repeat(100_000) + "\""))]);
    let call = &transcript.calls[0];
    assert!(call.truncated && call.result_text().len() <= 70_000);
    assert_eq!(call.structured_content(), json!({"hits": 1}));
    assert!(!lines(&[COMPLETED]).calls[0].truncated);
}

#[test]
fn a_line_without_end_is_passed_over() {
    let start = &COMPLETED.as_bytes()[..200];
    let endless = start.chain(io::repeat(b'x').take(100 << 20)).chain(&b"\n"[..]);
    let transcript = read(BufReader::new(endless.chain(COMPLETED.as_bytes())));
    assert_eq!((transcript.calls.len(), transcript.malformed_count), (1, 1));
    assert!(transcript.malformed[0].excerpt.starts_with("a line without end: {"));
}

/// How much of so many calls is kept, in bytes, and how many calls that are.
fn kept(line: &str, count: usize) -> (usize, usize) {
    let mut reader = Reader::of(FORMS);
    for id in 0..count {
        reader.push(format!("{}\n", line.replace("item_1", &format!("item_{id}"))).as_bytes());
    }
    let transcript = reader.transcript();
    assert_eq!(transcript.calls.len() + transcript.calls_left_out(), count);
    let size = |call: &Call| {
        call.arguments.size() + call.result.as_ref().map_or(0, |result| result.size())
    };
    (transcript.calls.iter().map(size).sum(), transcript.calls.len())
}

#[test]
fn many_large_calls_are_kept_within_bounds() {
    let line = COMPLETED.replace("hit\"", &("x".repeat(60_000) + "\""));
    let (kept, _) = kept(&line, 400);
    assert!((10 << 20..13 << 20).contains(&kept), "{kept}");
}

#[test]
fn many_calls_with_small_values_are_kept_within_bounds() {
    let numbers = format!("[0{}]", ",0".repeat(999));
    let (kept, calls) = kept(&COMPLETED.replace("{\"hits\":1}", &numbers), 6000);
    assert!(kept < 13 << 20 && (4000..6000).contains(&calls), "{kept} {calls}");
}

#[test]
fn many_small_calls_are_kept_within_bounds() {
    let (kept, calls) = kept(COMPLETED, 40_000);
    assert!(kept < 8 << 20 && (10_000..40_000).contains(&calls), "{kept} {calls}");
}

#[test]
fn a_call_that_is_expected_is_kept_among_any_number_of_others() {
    let expected = Expectation { tool: "say".into(), ..Expectation::default() };
    let mut reader = Reader::of(FORMS).expecting(&[expected]);
    let other = COMPLETED.replace("hit\"", &("x".repeat(60_000) + "\""));
    let lines = (0..400).map(|id| other.replace("item_1", &format!("item_{id}")));
    let last = COMPLETED.replace("item_1", "last").replace("\"grep\"", "\"say\"");
    lines.chain([last]).for_each(|line| reader.push(format!("{line}\n").as_bytes()));
    let last = reader.transcript().calls.last().unwrap();
    assert_eq!((last.tool.as_str(), last.result_text().as_str()), ("say", "hit\n{\"hits\":1}"));
    assert!(reader.transcript().calls_left_out() > 200);
    assert_eq!(reader.transcript().expected_left_out(), 0);
}

#[test]
fn deep_nesting_is_malformed_and_nothing_worse() {
    let deep = COMPLETED.replace("\"x\"", &"[".repeat(200_000));
    let closed = COMPLETED.replace("\"x\"", &("[".repeat(500) + &"]".repeat(500)));
    assert_eq!(lines(&[&deep, &closed]).malformed_count, 2);
}

#[test]
fn random_damage_never_panics() {
    let whole = [STARTED, COMPLETED, FAILED].join("\n").into_bytes();
    for seed in 0..3000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut bytes = whole.clone();
        for _ in 0..random.usize(1..20) {
            let at = random.usize(..bytes.len());
            match random.u8(..3) {
                0 => bytes[at] = random.u8(..),
                1 => drop(bytes.drain(at..(at + random.usize(..50)).min(bytes.len() - 1).max(at))),
                _ => bytes[at] = b"{}[]\",:\n"[random.usize(..8)],
            }
        }
        let transcript = read(&bytes[..]);
        assert!(transcript.events + transcript.malformed_count <= transcript.lines);
    }
}

#[test]
fn holds_against_whatever_an_agent_prints() {
    let samples =
        [STARTED, COMPLETED, FAILED, r#"{"type":"turn.completed","usage":{"input_tokens":1}}"#];
    let joined = samples.join("\n");
    smoke_core::fuzz::hold(&[joined.as_bytes(), COMPLETED.as_bytes()], |bytes| {
        let transcript = read(bytes);
        assert!(transcript.calls.len() <= transcript.lines && transcript.malformed.len() <= 20);
        assert!(transcript.read_error.is_none(), "{:?}", transcript.read_error);
    });
}

#[test]
fn a_million_levels_are_a_malformed_line() {
    let deep = format!("{}{}", r#"{"type":"item.completed","item":"#, "[".repeat(1_000_000));
    let transcript = lines(&[&deep, COMPLETED]);
    assert_eq!((transcript.malformed_count, transcript.calls.len()), (1, 1));
    let arguments = format!(r#"{{"a":{}{}}}"#, "[".repeat(1_000_000), "]".repeat(1_000_000));
    let call = COMPLETED.replacen(r#"{"pattern":"x"}"#, &arguments, 1);
    assert_eq!(lines(&[&call, COMPLETED]).calls.len(), 1);
}

#[test]
fn a_line_of_100_mib_is_passed_over() {
    let long = io::repeat(b'x').take(100 * 1024 * 1024);
    let rest = format!("\n{COMPLETED}\n");
    let transcript = read(BufReader::with_capacity(1 << 20, long.chain(rest.as_bytes())));
    assert_eq!((transcript.malformed_count, transcript.calls.len()), (1, 1));
}
