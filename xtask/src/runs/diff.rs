//! `runs diff`: what is different between two runs.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use smoke_core::text::shown;
use smoke_record::report::words::time;
use smoke_record::run_record::{RunRecord, StageRecord};
use smoke_record::screen;
use smoke_record::verdict::word;

use super::{print_json, table};

/// What takes less time than this longer or shorter, is as fast as before.
const NOISE_MS: u64 = 20;

/// Everything that differs.
#[derive(Debug, Default, PartialEq, Serialize)]
pub struct Diff {
    /// The ids of both.
    runs: [String; 2],
    /// Facts about the run as a whole.
    run: Vec<Change>,
    /// Steps that ended otherwise.
    outcomes: Vec<Change>,
    /// The whole, steps and calls that took a different time, the greatest difference first.
    times: Vec<Times>,
    /// Calls that ended otherwise, or that only one run made.
    calls: Vec<Change>,
    /// Tools that were listed by one only, or are defined otherwise.
    tools: Vec<Change>,
    /// Variables of the children.
    environment: Vec<Change>,
    /// Versions of programs.
    versions: Vec<Change>,
}

/// Something that has another value, or that is only in one of both.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    what: String,
    before: Option<String>,
    after: Option<String>,
}

/// Something that took a different time, in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Times {
    what: String,
    before_ms: u64,
    after_ms: u64,
}

/// Prints what is different.
pub fn diff(before: &RunRecord, after: &RunRecord, json: bool) {
    let diff = compare(before, after);
    if json { print_json(&diff) } else { screen::print_inert(&text(&diff)) }
}

fn compare(before: &RunRecord, after: &RunRecord) -> Diff {
    let both = [before, after];
    Diff {
        runs: both.map(|record| record.id.clone()),
        run: changes(both.map(facts)),
        outcomes: changes(both.map(outcomes)),
        times: times(both.map(durations)),
        calls: changes(both.map(statuses)),
        tools: changes(both.map(|record| record.gateway.tools.clone())),
        environment: changes(both.map(environment)),
        versions: changes(both.map(|record| record.versions.clone())),
    }
}

fn facts(record: &RunRecord) -> BTreeMap<String, String> {
    let cause = record.cause.as_ref();
    let facts = [
        ("outcome", word(record.outcome).to_owned()),
        ("cause", cause.map(|cause| cause.code.as_str().to_owned()).unwrap_or_default()),
        ("profile", record.profile.clone()),
        ("source", record.source.path.clone()),
        ("commit", record.source.commit.clone()),
        ("command", shown(&record.command)),
    ];
    facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn outcomes(record: &RunRecord) -> BTreeMap<String, String> {
    let of = |step: &smoke_record::run_record::StepRecord| {
        let cached = if step.cached { " (cached)" } else { "" };
        (step.id.clone(), format!("{}{cached}", word(step.outcome)))
    };
    record.steps.iter().map(of).collect()
}

fn durations(record: &RunRecord) -> BTreeMap<String, u64> {
    let ran = record.steps.iter().filter(|step| step.log.is_some());
    let steps = ran.map(|step| (format!("step {}", step.id), step.duration_ms));
    let calls = record.stages.iter().flat_map(calls);
    let calls = calls.filter_map(|(name, _, took)| Some((format!("call {name}"), took?)));
    [("the run".to_owned(), record.duration_ms)].into_iter().chain(steps).chain(calls).collect()
}

fn statuses(record: &RunRecord) -> BTreeMap<String, String> {
    record.stages.iter().flat_map(calls).map(|(name, status, _)| (name, status)).collect()
}

/// The calls of a stage. The second of the same tool is another one.
fn calls(stage: &StageRecord) -> Vec<(String, String, Option<u64>)> {
    let mut made: BTreeMap<&str, usize> = BTreeMap::new();
    let name = |call: &smoke_record::run_record::CallRecord, number: usize| match number {
        1 => format!("{}/{}", stage.name, call.tool),
        _ => format!("{}/{} ({number})", stage.name, call.tool),
    };
    let mut all = Vec::new();
    for call in &stage.calls {
        let number = made.entry(call.tool.as_str()).or_default();
        *number += 1;
        all.push((name(call, *number), call.status.clone(), call.duration_ms));
    }
    all
}

/// The variables, without what is different in every run.
fn environment(record: &RunRecord) -> BTreeMap<String, String> {
    let own = [
        (record.workspace.clone(), "{{SMOKE_WORKSPACE}}"),
        (record.id.clone(), "{{SMOKE_RUN_ID}}"),
        (record.port.to_string(), "{{PROXY_PORT}}"),
    ];
    let plain = |value: &String| {
        own.iter()
            .filter(|(text, _)| text.len() > 1)
            .fold(value.clone(), |value, (text, name)| value.replace(text.as_str(), name))
    };
    record.environment.iter().map(|(key, value)| (key.clone(), plain(value))).collect()
}

fn changes([before, after]: [BTreeMap<String, String>; 2]) -> Vec<Change> {
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differ = keys.into_iter().filter(|key| before.get(*key) != after.get(*key));
    let change = |key: &String| Change {
        what: key.clone(),
        before: before.get(key).cloned(),
        after: after.get(key).cloned(),
    };
    differ.map(change).collect()
}

fn times([before, after]: [BTreeMap<String, u64>; 2]) -> Vec<Times> {
    let both = before.iter().filter_map(|(what, ms)| Some((what, *ms, *after.get(what)?)));
    let mut times: Vec<Times> = both
        .map(|(what, before_ms, after_ms)| Times { what: what.clone(), before_ms, after_ms })
        .filter(|times| times.before_ms.abs_diff(times.after_ms) >= NOISE_MS)
        .collect();
    times.sort_by_key(|times| std::cmp::Reverse(times.before_ms.abs_diff(times.after_ms)));
    times
}

fn text(diff: &Diff) -> String {
    let parts = [
        ("the run", &diff.run),
        ("steps", &diff.outcomes),
        ("calls", &diff.calls),
        ("tools", &diff.tools),
        ("environment", &diff.environment),
        ("versions", &diff.versions),
    ];
    let mut text = format!("{} -> {}\n", diff.runs[0], diff.runs[1]);
    if !diff.times.is_empty() {
        let rows: Vec<Vec<String>> = diff.times.iter().map(timed).collect();
        text.push_str(&format!("\n{}", table::text(&["time of", "before", "after", ""], &rows)));
    }
    for (name, changes) in parts.into_iter().filter(|(_, changes)| !changes.is_empty()) {
        let or_none = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        let row = |c: &Change| vec![c.what.clone(), or_none(&c.before), or_none(&c.after)];
        let rows: Vec<Vec<String>> = changes.iter().map(row).collect();
        text.push_str(&format!("\n{}", table::text(&[name, "before", "after"], &rows)));
    }
    if diff.times.is_empty() && parts.iter().all(|(_, changes)| changes.is_empty()) {
        text.push_str("nothing is different\n");
    }
    text
}

fn timed(times: &Times) -> Vec<String> {
    let (before, after) = (times.before_ms, times.after_ms);
    let sign = if after > before { "+" } else { "-" };
    let by = format!("{sign}{}", time(before.abs_diff(after)));
    let factor = match before {
        0 => String::new(),
        before => format!(" (x{:.1})", after as f64 / before as f64),
    };
    vec![times.what.clone(), time(before), time(after), format!("{by}{factor}")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_one_only_or_has_another_value_is_a_change() {
        let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
        };
        let changed = changes([map(&[("a", "1"), ("b", "1")]), map(&[("b", "2"), ("c", "3")])]);
        let shown: Vec<_> = changed
            .iter()
            .map(|c| (c.what.as_str(), c.before.as_deref(), c.after.as_deref()))
            .collect();
        assert_eq!(
            shown,
            [("a", Some("1"), None), ("b", Some("1"), Some("2")), ("c", None, Some("3"))]
        );
    }

    #[test]
    fn the_greatest_difference_of_time_comes_first_and_noise_is_none() {
        let map = |pairs: &[(&str, u64)]| -> BTreeMap<String, u64> {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect()
        };
        let before = map(&[("fast", 100), ("slow", 1_000), ("same", 50), ("gone", 9)]);
        let after = map(&[("fast", 160), ("slow", 400), ("same", 60)]);
        let times = times([before, after]);
        let names: Vec<&str> = times.iter().map(|times| times.what.as_str()).collect();
        assert_eq!(names, ["slow", "fast"]);
        assert_eq!(timed(&times[0])[3], "-600 ms (x0.4)");
    }
}
