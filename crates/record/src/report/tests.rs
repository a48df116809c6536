//! Reports of runs that nobody would wish for.

use std::fs;

use camino::Utf8Path;
use serde_json::{Value, json};

use super::{history, write, write_across};
use crate::across::Ended;

/// Text that would be a script, an attribute, a comment or the end of one where it is not escaped.
const HOSTILE: &str = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\" onload='x' \
    --><![CDATA[ ]]>&lt; \u{1b}[31m\u{0}\u{b}\u{202e}\u{ffff}";

/// A run that failed, in which whatever can be foreign text is hostile.
fn events() -> Vec<Value> {
    let h = HOSTILE;
    let cause = json!({"code": "agent-call-failed", "summary": h, "evidence": [h, h], "next": h});
    let step = json!({"id": h, "outcome": "running", "started_ms": 0, "duration_ms": 0,
        "deadline_ms": 50, "attempts": 0, "cached": false, "log": null, "cause": null});
    let failed = json!({"outcome": "failed", "exit_code": 1, "failed_step": h, "cause": cause,
        "causes": [{"step": h, "cause": cause, "follows": h}]});
    let with = |name: &str, t_ms: u64, mut value: Value| {
        value["event"] = name.into();
        value["t_ms"] = t_ms.into();
        value
    };
    vec![
        with(
            "run-started",
            0,
            json!({"schema": 1, "id": h, "profile": h,
            "source": {"path": h, "commit": h, "tree": h, "dirty": true}, "command": [h],
            "workspace": h, "port": 1, "started_at": h, "duration_ms": 0, "outcome": "running",
            "exit_code": null, "failed_step": null, "cause": null, "steps": [step], "stages": [],
            "env_audit": {"processes": 0, "mismatches": []}, "leaks": [], "environment": {h: h},
            "host": {"untouched": false, "changed": [h]}, "versions": {h: h}}),
        ),
        with("step-started", 1, json!({"step": h, "log": "logs/a.log"})),
        with("attempt", 2, json!({"step": h, "number": 1, "at_ms": 1, "reason": h})),
        with(
            "sampled",
            3,
            json!({"cpu_us": 1, "over_us": 2, "memory_kib": 3, "processes": 1,
            "pressure": {"cpu_us": 1, "memory_us": 1, "io_us": 1},
            "started": [{"pid": 2, "parent": 1, "argv": [h], "step": h}], "ended": []}),
        ),
        with("leak-found", 4, json!({"pid": 2, "argv": [h], "step": h, "holds": h})),
        with(
            "found",
            4,
            json!({"name": "stray-output", "subject": h, "summary": h, "evidence": [h],
            "step": h, "accepted": true}),
        ),
        with(
            "env-audited",
            5,
            json!({"processes": 1, "mismatches": [
            {"pid": 2, "argv": [h], "key": h, "expected": h, "actual": h}]}),
        ),
        with(
            "gateway-seen",
            6,
            json!({"listed": 1, "missing": [h], "tools": {h: h}, "servers": [
            {"name": h, "serves": false, "answered_after_ms": 1, "missing": [h], "why": [h]}]}),
        ),
        with(
            "diagnosed",
            7,
            json!({"step": h, "processes": [{"pid": 2, "parent": 1, "state": "S",
            "waits_for": h, "argv": [h]}], "listening": [{"port": 1, "pid": 2}],
            "on_expected_port": [], "logs": [{"path": h, "lines": [h]}], "pressure": [h]}),
        ),
        with(
            "stage-judged",
            8,
            json!({"name": h, "transcript": h, "evidence": h, "calls": [
            {"server": h, "tool": h, "arguments": {h: h}, "status": h, "error": h, "result": h}],
            "expectations": [{"tool": h, "met": false, "matched": 0, "why": h}],
            "git_clean": false, "tokens": {h: 1}}),
        ),
        with(
            "step-finished",
            90,
            json!({"step": h, "outcome": "failed", "attempts": 1,
            "cached": false, "cause": cause}),
        ),
        with("run-finished", 100, failed),
    ]
}

/// Writes a run folder with these events and this log, and its reports.
fn reported(events: &[Value], log: &[u8]) -> (tempfile::TempDir, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8Path::from_path(folder.path()).unwrap();
    let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
    fs::create_dir(path.join("logs")).unwrap();
    fs::write(path.join("events.jsonl"), lines).unwrap();
    fs::write(path.join("logs/a.log"), log).unwrap();
    write(path).unwrap();
    let read = |name: &str| fs::read_to_string(path.join(name)).unwrap();
    let (html, junit) = (read("report.html"), read("junit.xml"));
    (folder, html, junit)
}

#[test]
fn hostile_text_is_nothing_but_text() {
    let (_folder, html, junit) = reported(&events(), HOSTILE.as_bytes());
    assert_eq!(html.matches("<script").count(), 1, "one script, its own");
    assert_eq!(html.matches("</script>").count(), 1);
    for part in ["<img", "onload='", "<![CDATA", "-->", "\u{1b}", "\u{0}", "\u{202e}"] {
        assert!(!html.contains(part) && !junit.contains(part), "{part:?}");
    }
    assert!(html.contains("&lt;img src=x onerror=alert(2)&gt;"));
    // What is asked for elsewhere would stand in such an attribute.
    for attribute in ["src=\"", "href=\"http", "url(", "@import"] {
        assert!(!html.contains(attribute), "{attribute}");
    }
}

#[test]
fn hostile_text_of_one_of_several_agents_is_nothing_but_text() {
    let (folder, ..) = reported(&events(), b"");
    let path = Utf8Path::from_path(folder.path()).unwrap();
    let record = history::read(path).unwrap().record;
    let failed = |record, said: &str| {
        let agent = &smoke_agents::agent::SCRIPTED;
        Ended { agent, exit_code: 1, record, said: said.to_owned() }
    };
    let ended = [failed(Some(record), ""), failed(None, HOSTILE)];
    write_across(&path.join("agents"), &ended).unwrap();
    let read = |name: &str| fs::read_to_string(path.join("agents").join(name)).unwrap();
    let (html, junit) = (read("report.html"), read("junit.xml"));
    for part in ["<script", "<img", "onload='", "<![CDATA", "-->", "\u{1b}", "\u{0}", "\u{202e}"] {
        assert!(!html.contains(part) && !junit.contains(part), "{part:?}");
    }
    assert!(html.contains("&lt;img src=x onerror=alert(2)&gt;") && junit.contains("<failure"));
    assert!(html.contains("0 of 2 agents passed") && junit.contains("it exited with 1"));
    let document: Value = serde_json::from_str(&read("run.json")).unwrap();
    assert_eq!(document["rows"][1]["cells"], json!(["agent-call-failed", "exit 1"]));
}

#[test]
fn a_page_has_a_picture_for_each_width_and_no_id_twice() {
    let (_folder, html, _) = reported(&events(), b"");
    let ids: Vec<&str> =
        html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let once: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(once.len(), ids.len(), "{ids:?}");
    for id in ["timeline-broad-t", "timeline-slim-t", "machine-broad-d", "machine-slim-d"] {
        assert!(ids.contains(&id), "{ids:?}");
    }
}

#[test]
fn every_allowed_character_of_xml_is_written_and_no_other() {
    let (_folder, _, junit) = reported(&events(), b"");
    let allowed = |c: char| matches!(c, '\t' | '\n') || c >= ' ' && c != '\u{ffff}';
    assert!(junit.chars().all(allowed));
    assert!(junit.contains("failures=\"1\"") && junit.contains("<failure message=\""));
    let open = |tag: &str| junit.matches(&format!("<{tag}")).count();
    assert_eq!(open("testcase"), 4);
    assert_eq!(open("system-out"), 1);
    assert_eq!(open("failure"), junit.matches("</failure>").count());
}

#[test]
fn a_huge_log_leaves_its_head_and_its_tail() {
    let mut log = b"the first line\n".to_vec();
    log.resize(40 << 20, 0x1b);
    log.extend_from_slice(b"\nthe last line\n");
    let begin = std::time::Instant::now();
    let (_folder, html, _) = reported(&events(), &log);
    assert!(html.contains("the first line") && html.contains("the last line"));
    assert!(html.contains("39.5 MiB left out") || html.contains("39.6 MiB left out"), "says so");
    assert!(html.len() < 8 << 20, "{} bytes", html.len());
    assert!(begin.elapsed().as_secs() < 10, "{:?}", begin.elapsed());
}

#[test]
fn a_run_of_any_length_can_be_drawn() {
    let mut first: Vec<Value> = events().into_iter().take(1).collect();
    let (_folder, html, _) = reported(&first, b"");
    assert!(html.contains("<svg class=\"timeline "));
    first.push(json!({"t_ms": u64::MAX / 2, "event": "remark", "text": "late"}));
    let (_folder, html, _) = reported(&first, b"");
    assert!(html.contains("<svg class=\"timeline "));
}
