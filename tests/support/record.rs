//! Holds a run record, its events and its transcripts to what they promise, as a stranger's
//! program would read them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::Finished;

/// The fields of a record, a step and a stage, with the kinds of value that each may have.
const RECORD: &str = "schema:number id:string profile:string source:object command:array \
    workspace:string port:number started_at:string duration_ms:number outcome:string \
    exit_code:number|null failed_step:string|null cause:object|null causes:array steps:array \
    stages:array gateway:object env_audit:object leaks:array findings:array host:object";
const STEP: &str = "id:string outcome:string started_ms:number duration_ms:number \
    deadline_ms:number attempts:number cached:boolean log:string|null cause:object|null";
const STAGE: &str = "name:string transcript:string|null calls:array expectations:array \
    git_clean:boolean";
const CALL: &str = "server:string tool:string arguments:object status:string";
const FINDING: &str =
    "name:string subject:string summary:string evidence:array step:string accepted:boolean";
const EXPECTATION: &str = "tool:string met:boolean matched:number";

/// Holds a record to schema 1: every field is there, and of its kind.
///
/// # Panics
/// One is not.
pub fn assert_schema(record: &Value) {
    assert_eq!(record["schema"], 1);
    assert_fields(record, RECORD);
    assert_fields(&record["source"], "path:string commit:string");
    assert_fields(&record["env_audit"], "processes:number mismatches:array");
    assert_fields(&record["host"], "untouched:boolean changed:array");
    each(&record["steps"], |step| assert_fields(step, STEP));
    each(&record["stages"], |stage| {
        assert_fields(stage, STAGE);
        each(&stage["calls"], |call| assert_fields(call, CALL));
        each(&stage["expectations"], |expectation| assert_fields(expectation, EXPECTATION));
    });
    each(&record["leaks"], |leak| {
        assert_fields(leak, "pid:number argv:array step:string holds:string");
    });
    each(&record["findings"], |finding| assert_fields(finding, FINDING));
    let started = record["started_at"].as_str().unwrap();
    assert!(started.len() >= 20 && started.ends_with('Z') && &started[10..11] == "T", "{started}");
}

fn each(list: &Value, check: impl Fn(&Value)) {
    list.as_array().unwrap().iter().for_each(check);
}

fn assert_fields(value: &Value, fields: &str) {
    for field in fields.split_whitespace() {
        let (name, kinds) = field.split_once(':').unwrap();
        let kind = value.get(name).map(kind);
        let fits = kind.is_some_and(|kind| kinds.split('|').any(|allowed| allowed == kind));
        assert!(fits, "{name} is {kind:?}, not {kinds}, in {value:#}");
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Holds a run to having passed with exactly these steps.
///
/// # Panics
/// A step is missing, too many, or did not pass.
pub fn assert_passed(finished: &Finished, steps: &[&str]) {
    let record = &finished.record;
    let of = |step: &Value| (step["id"].as_str().unwrap().to_owned(), step["outcome"].clone());
    let found: BTreeMap<String, Value> =
        record["steps"].as_array().unwrap().iter().map(of).collect();
    let expected = steps.iter().map(|id| ((*id).to_owned(), Value::from("passed"))).collect();
    assert_eq!(found, expected);
    assert_eq!((&record["outcome"], &record["exit_code"]), (&"passed".into(), &0.into()));
    for stage in record["stages"].as_array().unwrap() {
        assert_eq!(stage["git_clean"], true, "{stage:#}");
        each(&stage["expectations"], |expectation| {
            assert_eq!(expectation["met"], true, "{stage:#}")
        });
    }
    assert_eq!(record["host"]["untouched"], true);
}

/// Whether the steps' times account for the run's: all of it but 2 %, and the millisecond that
/// each of their edges is rounded to.
///
/// # Panics
/// They account for more than there is.
pub fn accounts_for_its_time(record: &Value) -> bool {
    let number = |value: &Value, key: &str| value[key].as_u64().unwrap();
    let steps = record["steps"].as_array().unwrap();
    let mut spans: Vec<(u64, u64)> = steps
        .iter()
        .map(|step| (number(step, "started_ms"), number(step, "duration_ms")))
        .map(|(start, length)| (start, start + length))
        .collect();
    spans.sort_unstable();
    let (mut covered, mut reached) = (0, 0);
    for (start, end) in spans {
        covered += end.saturating_sub(start.max(reached));
        reached = reached.max(end);
    }
    let (all, edges) = (number(record, "duration_ms"), 2 * steps.len() as u64);
    assert!(covered <= all, "{covered} of {all} ms: {steps:#?}");
    all - covered <= all / 50 + edges
}

/// Holds the events to the record: whoever has the events has the record.
///
/// # Panics
/// They tell something else.
pub fn assert_folds(finished: &Finished) {
    let mut folded = Value::Null;
    let mut last = 0;
    for line in finished.file("events.jsonl").lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let now = event["t_ms"].as_u64().unwrap();
        assert!(event["event"].is_string(), "{line}");
        fold(&mut folded, &event, now);
        last = last.max(now);
    }
    folded["duration_ms"] = last.into();
    assert!(folded == finished.record, "{}", changed(&folded, &finished.record));
}

/// The fields that differ.
fn changed(one: &Value, other: &Value) -> String {
    let fields = other.as_object().unwrap().iter().filter(|(key, value)| one[*key] != **value);
    fields.map(|(key, value)| format!("{key}: {} or {value}\n", one[key])).collect()
}

fn fold(record: &mut Value, event: &Value, now: u64) {
    match event["event"].as_str().unwrap() {
        "run-started" => {
            *record = event.clone();
            let fields = record.as_object_mut().unwrap();
            fields.remove("t_ms");
            fields.remove("event");
        }
        "step-started" => {
            let step = step(record, event);
            step["outcome"] = "running".into();
            step["started_ms"] = now.into();
            step["log"] = event["log"].clone();
        }
        "step-finished" => {
            let step = step(record, event);
            for key in ["outcome", "attempts", "cached", "cause"] {
                step[key] = event[key].clone();
            }
            step["duration_ms"] = (now - step["started_ms"].as_u64().unwrap()).into();
        }
        "stage-judged" => record["stages"].as_array_mut().unwrap().push(rest(event)),
        "version-found" => {
            let program = event["program"].as_str().unwrap();
            record["versions"][program] = event["version"].clone();
        }
        "gateway-seen" => record["gateway"] = rest(event),
        "env-audited" => record["env_audit"] = rest(event),
        "host-compared" => record["host"] = rest(event),
        "leak-found" => record["leaks"].as_array_mut().unwrap().push(rest(event)),
        "found" => record["findings"].as_array_mut().unwrap().push(rest(event)),
        "run-finished" => {
            for key in ["outcome", "exit_code", "failed_step", "cause", "causes"] {
                record[key] = event[key].clone();
            }
        }
        _ => {}
    }
}

fn step<'a>(record: &'a mut Value, event: &Value) -> &'a mut Value {
    let steps = record["steps"].as_array_mut().unwrap();
    steps.iter_mut().find(|step| step["id"] == event["step"]).unwrap()
}

/// What an event says besides its kind and time.
fn rest(event: &Value) -> Value {
    let mut rest = event.clone();
    rest.as_object_mut().unwrap().retain(|key, _| key != "t_ms" && key != "event");
    rest
}

/// Holds a transcript to the form of `codex exec --json`.
///
/// # Panics
/// It has another one.
pub fn assert_transcript(text: &str) {
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(kinds[..2], ["thread.started", "turn.started"], "{text}");
    assert_eq!(kinds.last(), Some(&"turn.completed"), "{text}");
    assert!(lines[0]["thread_id"].is_string(), "{text}");
    let calls = lines
        .iter()
        .filter(|line| line["type"] == "item.completed" && line["item"]["type"] == "mcp_tool_call");
    for line in calls {
        let item = &line["item"];
        assert_fields(item, "id:string server:string tool:string arguments:object status:string");
        assert_fields(item, "result:object|null error:object|null");
        assert_fields(&item["result"], "content:array");
        let begun =
            |line: &&Value| line["type"] == "item.started" && line["item"]["id"] == item["id"];
        let begun = lines.iter().find(begun).unwrap();
        assert_eq!(begun["item"]["status"], "in_progress", "{text}");
    }
}
