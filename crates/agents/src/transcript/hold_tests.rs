//! Expectations held against calls, and the faults that follow.

use serde_json::{Value, json};
use smoke_core::cause::Code;

use super::{
    Call, Expectation, Expected, Failure, Miss, Observations, Status, Transcript, Verdict, hold,
    judge,
};
use crate::{read, read_expecting};

fn call(tool: &str, arguments: Value) -> Call {
    let result =
        json!({"content": [{"type": "text", "text": "hit 7"}], "structured_content": null});
    Call {
        id: "item_1".into(),
        server: "stack".into(),
        tool: tool.into(),
        arguments: arguments.into(),
        status: Status::Completed,
        result: Some(result.into()),
        ..Call::default()
    }
}

fn failed(tool: &str, message: &str) -> Call {
    let error = Some(message.to_owned());
    Call { status: Status::Failed, result: None, error, ..call(tool, json!({})) }
}

fn expect(tool: &str, arguments: Value) -> Expectation {
    Expectation { tool: tool.into(), arguments, ..Expectation::default() }
}

fn one(expectation: Expectation, calls: &[Call]) -> Verdict {
    hold(&[expectation], calls).remove(0)
}

fn why(expectation: Expectation, calls: &[Call]) -> String {
    one(expectation, calls).why.unwrap()
}

#[test]
fn arguments_are_a_subset() {
    let table = [
        (json!({"a": 1}), json!({"a": 1.0, "b": 2}), true),
        (json!({"p": {"x": "y"}}), json!({"p": {"x": "y", "z": 1}}), true),
        (json!({"l": [{"x": 1}, 2]}), json!({"l": [{"x": 1, "y": 2}, 2]}), true),
        (json!({"l": [1]}), json!({"l": [1, 2]}), false),
        (json!({"a": null}), json!({}), false),
        (json!({"a": null}), json!({"a": null}), true),
        (json!({"a": "1"}), json!({"a": 1}), false),
        (json!({"a": 9007199254740993u64}), json!({"a": 9007199254740993u64}), true),
        (json!({}), json!({"a": 1}), true),
        (Value::Null, json!({"a": 1}), true),
        (json!({}), Value::Null, false),
    ];
    for (expected, found, met) in table {
        let verdict = one(expect("t", expected.clone()), &[call("t", found.clone())]);
        assert_eq!(verdict.met, met, "{expected} in {found}: {:?}", verdict.why);
        assert_eq!(verdict.met, verdict.why.is_none());
    }
}

#[test]
fn dashes_and_underscores_are_the_same() {
    assert!(one(expect("get-time", Value::Null), &[call("get_time", json!({}))]).met);
    assert!(!one(expect("get-time", Value::Null), &[call("get_times", json!({}))]).met);
}

#[test]
fn each_expectation_needs_its_own_call() {
    let calls = [call("t", json!({"a": 1})), call("t", json!({"a": 2}))];
    let general_first = [expect("t", json!({})), expect("t", json!({"a": 1}))];
    assert!(hold(&general_first, &calls).iter().all(|verdict| verdict.met));
    let verdicts = hold(&vec![expect("t", json!({})); 3], &calls);
    assert_eq!(verdicts.iter().filter(|verdict| verdict.met).count(), 2);
    assert_eq!((verdicts[2].matched, verdicts[2].miss), (2, Some(Miss::Taken)));
}

#[test]
fn the_nearest_miss_is_told() {
    let none: &[Call] = &[];
    assert_eq!(why(expect("t", Value::Null), none), "never called; no calls were made");
    let other = [call("a", json!({})), call("b", json!({})), call("a", json!({}))];
    assert_eq!(why(expect("t", Value::Null), &other), "never called; calls made: a, b");
    let path = expect("t", json!({"p": {"path": "README.md"}}));
    let calls = [call("t", json!({"p": {"path": "x"}}))];
    assert_eq!(why(path.clone(), &calls), "called once with p.path=\"x\", expected \"README.md\"");
    let calls = [call("t", json!({"p": {}}))];
    assert_eq!(why(path, &calls), "called once with p.path=nothing, expected \"README.md\"");
    let calls = [failed("t", "late\n"), failed("t", "down")];
    let expected = "called 2 times; of the nearest: its status is failed: down";
    assert_eq!(why(expect("t", Value::Null), &calls), expected);
    let server = Expectation { server: Some("clock".into()), ..expect("t", Value::Null) };
    let calls = [call("t", json!({}))];
    assert_eq!(why(server, &calls), "called once on server stack, expected clock");
}

#[test]
fn a_result_is_held_to() {
    let contains =
        |text: &str| Expectation { result_contains: vec![text.into()], ..expect("t", Value::Null) };
    let result = |value: Value| Expectation { result: Some(value), ..expect("t", Value::Null) };
    let plain = [call("t", json!({}))];
    assert!(one(contains("hit"), &plain).met);
    assert_eq!(why(contains("miss"), &plain), "called once but its result lacks \"miss\": hit 7");
    let mut other = call("t", json!({}));
    other.result = Some(json!({"content": [
        {"type": "resource", "resource": {"uri": "a://b", "text": "embedded"}},
        {"type": "resource_link", "uri": "c://d", "name": "e"}, {"type": "image", "data": "QUJD"},
    ]}).into());
    for text in ["embedded", "a://b", "c://d"] {
        assert!(one(contains(text), &[other.clone()]).why.is_none(), "{text}");
    }
    other.result = Some(json!({"content": [{"type": "image", "data": "QUJD"}]}).into());
    let no_text =
        "called once but its result lacks \"QUJD\": it has no text, and these blocks: [\"image\"]";
    assert_eq!(why(contains("QUJD"), &[other]), no_text);
    assert_eq!(
        why(result(json!({"n": 1})), &plain),
        "called once but its result is not JSON: hit 7"
    );
    let with = |text: &str, structured: Value| {
        let content = json!([{"type": "text", "text": text}]);
        let result = json!({"content": content, "structured_content": structured});
        [Call { result: Some(result.into()), ..call("t", json!({})) }]
    };
    assert!(one(result(json!({"n": 1})), &with("x", json!({"n": 1, "m": 2}))).met);
    assert!(one(result(json!({"n": 1})), &with("{\"n\":1}", Value::Null)).met);
    let told = why(result(json!({"n": 1})), &with("x", json!({"n": 2})));
    assert_eq!(told, "called once but its result has n=2, expected 1: x\\n{\"n\":2}");
    let wrapped = with("{\"n\":2,\"why\":\"it is odd\"}", json!({"result": {"n": 2}}));
    let told = why(result(json!({"n": 1})), &wrapped);
    assert!(told.starts_with("called once but its result has n=2, expected 1: {"), "{told}");
    assert!(told.contains("it is odd"), "{told}");
    assert!(!one(result(json!({"n": 1})), &[failed("t", "no")]).met);
}

#[test]
fn a_status_is_as_expected() {
    let status = |status| Expectation { status, ..expect("t", Value::Null) };
    let open = Call { status: Status::InProgress, ..call("t", json!({})) };
    let table = [
        (Expected::Completed, [true, false]),
        (Expected::Failed, [false, true]),
        (Expected::Any, [true, true]),
    ];
    for (expected, [completed, after_failure]) in table {
        assert_eq!(one(status(expected), &[call("t", json!({}))]).met, completed);
        assert_eq!(one(status(expected), &[failed("t", "no")]).met, after_failure);
        assert!(!one(status(expected), std::slice::from_ref(&open)).met);
    }
}

fn fault_code(expectations: &[Expectation], calls: Vec<Call>) -> Option<Code> {
    let mut transcript = Transcript::of_calls(calls);
    transcript.events = 1;
    let verdicts = hold(expectations, &transcript.calls);
    judge(expectations, &verdicts, &transcript, &Observations::default()).map(|fault| fault.code)
}

#[test]
fn a_fault_has_the_code_of_its_cause() {
    let wanted = [expect("t", json!({})), expect("u", json!({}))];
    let good = || vec![call("t", json!({})), call("u", json!({}))];
    let with = |last: Call| vec![call("t", json!({})), last];
    assert_eq!(fault_code(&wanted, good()), None);
    assert_eq!(fault_code(&wanted, Vec::new()), Some(Code::AgentNoCalls));
    assert_eq!(fault_code(&wanted, with(call("v", json!({})))), Some(Code::AgentNoCalls));
    assert_eq!(fault_code(&wanted, with(failed("u", "down"))), Some(Code::AgentCallFailed));
    let refused = |tool| Call { failure: Some(Failure::Refused), ..failed(tool, "approval") };
    assert_eq!(fault_code(&wanted, with(refused("u"))), Some(Code::AgentApprovalRefused));
    // A call that was not made says less than one that was refused, also when it comes last.
    assert_eq!(fault_code(&wanted, vec![refused("t")]), Some(Code::AgentApprovalRefused));
    let unknown = Call { failure: Some(Failure::Unknown), ..failed("u", "no such tool") };
    assert_eq!(fault_code(&wanted, with(unknown)), Some(Code::AgentToolNotOffered));
}

#[test]
fn a_tool_that_was_not_offered_and_a_forged_call_are_told_apart_from_one_not_made() {
    let wanted = [expect("t", json!({})), expect("u", json!({}))];
    let mut transcript = Transcript::of_calls(vec![call("t", json!({}))]);
    let offered = Some(vec!["t".to_owned()]);
    let observed = Observations { offered, recorded: Some(Vec::new()), ..Observations::default() };
    let fault = |transcript: &Transcript| {
        judge(&wanted, &hold(&wanted, &transcript.calls), transcript, &observed).unwrap()
    };
    assert_eq!(fault(&transcript).code, Code::AgentToolNotOffered);
    assert!(fault(&transcript).evidence.contains(&"offered were t".to_owned()));
    transcript.calls.push(call("u", json!({})));
    let forged = fault(&transcript);
    assert_eq!(forged.code, Code::TranscriptInvalid);
    assert!(forged.summary.contains("more calls of u"), "{}", forged.summary);
}

#[test]
fn a_transcript_without_events_is_invalid() {
    let transcript = read(&b"panic!\n"[..]);
    let wanted = [expect("t", json!({}))];
    let verdicts = hold(&wanted, &transcript.calls);
    let fault = judge(&wanted, &verdicts, &transcript, &Observations::default()).unwrap();
    assert_eq!(fault.code, Code::TranscriptInvalid);
    assert_eq!(fault.evidence, ["line 1 is not an event: panic!"]);
}

#[test]
fn evidence_names_what_was_seen() {
    let text = concat!(
        r#"{"type":"error","message":"Reconnecting... 1/5"}"#,
        "\n",
        r#"{"type":"turn.failed","error":{"message":"no model"}}"#,
        "\n",
    );
    let transcript = read(text.as_bytes());
    let wanted = [expect("t", json!({}))];
    let fault =
        judge(&wanted, &hold(&wanted, &transcript.calls), &transcript, &Observations::default())
            .unwrap();
    let expected = [
        "t: never called; no calls were made",
        "the turn failed: no model",
        "1 transient errors, the last: Reconnecting... 1/5",
    ];
    assert_eq!(fault.evidence, expected);
}

#[test]
fn a_call_that_is_not_kept_is_not_missing() {
    let line = |id: usize, tool: &str| {
        let text = "x".repeat(60_000);
        format!(
            "{{\"type\":\"item.completed\",\"item\":{{\"id\":\"{id}\",\"type\":\"mcp_tool_call\",\
             \"tool\":\"{tool}\",\"result\":{{\"content\":\"{text}\"}}}}}}\n"
        )
    };
    let text: String = (0..400).map(|id| line(id, "t")).collect();
    let wanted = [expect("u", Value::Null)];
    let fault = |transcript: &Transcript| {
        let verdicts = hold(&wanted, &transcript.calls);
        judge(&wanted, &verdicts, transcript, &Observations::default()).unwrap()
    };
    let unknown = fault(&read(text.as_bytes()));
    assert_eq!(unknown.code, Code::TranscriptInvalid);
    assert!(unknown.summary.contains("u may be one of them"), "{}", unknown.summary);
    // Read with what is expected in mind, it would have been kept.
    let missing = fault(&read_expecting(&wanted, text.as_bytes()));
    assert_eq!(missing.code, Code::AgentNoCalls);
}
