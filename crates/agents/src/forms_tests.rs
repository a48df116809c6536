//! The same of every form: a stream in which one call goes well and another does not.

use serde_json::json;
use smoke_core::cause::Code;
use smoke_core::fuzz;

use crate::stream::Form;
use crate::transcript::{
    Call, End, Expectation, Expected, Observations, Status, Transcript, hold, judge, judge_form,
};
use crate::{
    FORMS, claude_code, cline, codex, copilot, gemini, mistral_vibe, opencode, pi, qwen_code, read,
};

const SAMPLES: [(&Form, &[&str]); 11] = [
    (&codex::stream::FORM, codex::sample::SAMPLE),
    (&codex::session::SAVED, codex::sample::SAVED),
    (&codex::session::FIRST, codex::sample::FIRST),
    (&qwen_code::stream::FORM, qwen_code::sample::SAMPLE),
    (&claude_code::stream::FORM, claude_code::sample::SAMPLE),
    (&gemini::stream::FORM, gemini::sample::SAMPLE),
    (&opencode::stream::FORM, opencode::sample::SAMPLE),
    (&copilot::stream::FORM, copilot::sample::SAMPLE),
    (&cline::stream::FORM, cline::sample::SAMPLE),
    (&mistral_vibe::stream::FORM, mistral_vibe::sample::SAMPLE),
    (&pi::stream::FORM, pi::sample::SAMPLE),
];

fn expectations() -> [Expectation; 2] {
    let expected = |tool: &str| Expectation {
        server: Some("stack".into()),
        tool: tool.into(),
        ..Expectation::default()
    };
    [
        Expectation {
            arguments: json!({"zone": "utc"}),
            result_contains: vec!["noon".into()],
            ..expected("get-time")
        },
        Expectation { status: Expected::Failed, ..expected("boom") },
    ]
}

/// What is wrong with a stream of which one call of `add` at the server `stack` is expected.
pub fn fault(lines: &[&str]) -> Option<(Code, String)> {
    let expected = Expectation {
        server: Some("stack".into()),
        tool: "add".into(),
        arguments: json!({"a": 2}),
        ..Expectation::default()
    };
    let transcript = read(lines.join("\n").as_bytes());
    let verdicts = hold(std::slice::from_ref(&expected), &transcript.calls);
    let fault = judge(&[expected], &verdicts, &transcript, &Observations::default());
    fault.map(|fault| (fault.code, fault.summary))
}

fn held(transcript: &Transcript) -> Option<String> {
    let expectations = expectations();
    let verdicts = hold(&expectations, &transcript.calls);
    let fault = judge(&expectations, &verdicts, transcript, &Observations::default());
    fault.map(|fault| format!("{:?}: {} {:?}", fault.code, fault.summary, fault.evidence))
}

#[test]
fn there_is_a_sample_of_every_form() {
    let agents: Vec<_> = SAMPLES.iter().map(|(form, _)| form.author).collect();
    assert_eq!(agents, FORMS.iter().map(|form| form.author).collect::<Vec<_>>());
}

#[test]
fn the_calls_are_the_same_whoever_made_them() {
    for (form, lines) in SAMPLES {
        let title = form.author.title;
        let transcript = read(lines.join("\n").as_bytes());
        assert_eq!(transcript.author, Some(form.author));
        assert_eq!(held(&transcript), None, "{title}");
        let [well, broken] = &transcript.calls[..] else { panic!("{title}: {transcript:#?}") };
        assert_eq!((&*well.server, &well.status), ("stack", &Status::Completed), "{title}");
        assert_eq!(well.arguments.value(), json!({"zone": "utc"}), "{title}");
        assert_eq!(well.text_blocks(), ["noon"], "{title}");
        assert!(well.error.is_none() && well.failure.is_none() && !well.truncated, "{title}");
        assert_eq!((&*broken.tool, &*broken.message()), ("boom", "it broke"), "{title}");
        let took = |call: &Call| call.duration_ms.is_none_or(|took| took == 250);
        assert!(took(well), "{title}: {well:?}");
    }
}

#[test]
fn what_else_is_told_is_the_same() {
    for (form, lines) in SAMPLES {
        let title = form.author.title;
        let transcript = read(lines.join("\n").as_bytes());
        assert_eq!(transcript.last_message.as_deref(), Some("all done"), "{title}");
        assert_eq!(transcript.end, Some(End::Completed), "{title}");
        assert_eq!((transcript.events, transcript.malformed_count), (lines.len(), 0), "{title}");
        assert!(transcript.progress() >= 3 && transcript.commands == 0, "{title}");
        let tokens: u64 = transcript.tokens.values().sum();
        assert!(tokens == 42 || transcript.tokens.is_empty(), "{title}: {:?}", transcript.tokens);
        assert!(transcript.servers.iter().all(|server| !server.state.is_useless()), "{title}");
        assert_eq!(judge_form(&transcript), None, "{title}");
    }
}

#[test]
fn a_line_is_known_by_one_form_and_no_other() {
    for (form, lines) in SAMPLES {
        for line in lines {
            let known: Vec<_> = FORMS
                .iter()
                .filter(|form| (form.knows)(smoke_json::Json::of(line.as_bytes())))
                .map(|form| form.author.title)
                .collect();
            match form.author.name {
                // But for its first line, Qwen Code prints what Claude Code does.
                "qwen-code" => assert!(!known.is_empty(), "{line}"),
                _ => assert_eq!(known, [form.author.title], "{line}"),
            }
        }
    }
}

#[test]
fn a_stream_that_breaks_off_has_what_came_before() {
    for (form, lines) in SAMPLES {
        let whole = lines.join("\n");
        for end in (0..whole.len()).step_by(7) {
            let transcript = read(&whole.as_bytes()[..end]);
            assert!(transcript.calls.len() <= 2 && transcript.malformed_count <= 1);
            let well = transcript.calls.iter().filter(|call| call.status == Status::Completed);
            assert!(well.count() <= 1, "{}", form.author.title);
        }
    }
}

#[test]
fn what_is_printed_in_between_is_passed_over() {
    let noise = [
        "warning: {}",
        "{\"level\":30,\"msg\":\"started\"}",
        "",
        "null",
        "{\"type\":\"new_in_2030\",\"x\":1}",
    ];
    for (form, lines) in SAMPLES {
        let mixed: Vec<&str> =
            lines.iter().flat_map(|line| [*line].into_iter().chain(noise)).collect();
        let mixed = [&noise[..2], &mixed[..]].concat();
        for text in [mixed.join("\n"), mixed.join("\r\n")] {
            let transcript = read(text.as_bytes());
            assert_eq!((transcript.author, held(&transcript)), (Some(form.author), None));
        }
    }
}

#[test]
fn a_list_of_all_events_is_read_as_they_are() {
    for (form, lines) in SAMPLES {
        let transcript = read(format!("[{}]\n", lines.join(",")).as_bytes());
        assert_eq!((transcript.author, held(&transcript)), (Some(form.author), None));
        assert_eq!(transcript.events, lines.len());
    }
}

#[test]
fn text_in_utf_16_is_read() {
    for (form, lines) in SAMPLES {
        let units: Vec<u16> =
            format!("\u{feff}{}\r\n", lines.join("\r\n")).encode_utf16().collect();
        let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let transcript = read(&bytes[..]);
        assert_eq!((transcript.author, held(&transcript)), (Some(form.author), None));
    }
}

#[test]
fn a_large_result_is_kept_in_part_whatever_the_form() {
    for (form, lines) in SAMPLES {
        let text = lines.join("\n").replace("noon", &format!("noon{}", "x".repeat(9 << 20)));
        let transcript = read(text.as_bytes());
        assert_eq!(held(&transcript), None, "{}", form.author.title);
        let call = &transcript.calls[0];
        assert!(call.truncated && call.result_text().len() < 200_000, "{}", form.author.title);
    }
}

#[test]
fn no_form_breaks_on_whatever_an_agent_prints() {
    for (_, lines) in SAMPLES {
        let whole = lines.join("\n");
        fuzz::hold(&[whole.as_bytes()], |bytes| {
            let transcript = read(bytes);
            assert!(transcript.calls.len() <= transcript.lines.max(2) + transcript.events);
            let _ = (held(&transcript), judge_form(&transcript));
        });
    }
}

#[test]
fn what_nobody_wrote_is_said_to_be_no_transcript() {
    let table = [
        ("", "the transcript is empty"),
        ("{\"level\":30,\"msg\":\"started\"}\n{\"a\":1}\n", "none of the 2 lines"),
        ("hello\n", "none of the 1 lines"),
        ("{\n  \"response\": \"done\"\n}\n", "one JSON document on 3 lines"),
    ];
    for (text, expected) in table {
        let transcript = read(text.as_bytes());
        let fault = judge_form(&transcript).unwrap();
        assert!(fault.summary.contains(expected), "{}", fault.summary);
        assert!(held(&transcript).unwrap().starts_with("TranscriptInvalid"), "{text}");
    }
}
