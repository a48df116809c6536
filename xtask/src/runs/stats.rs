//! `runs stats`: how often runs pass, which steps are flaky, and how long they take.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use smoke_core::cause::Outcome;
use smoke_record::report::words::time;
use smoke_record::run_record::{RunRecord, StepRecord};
use smoke_record::screen;

use super::found::Found;
use super::{print_json, table};

/// The width of a chart, in characters.
const CHART: usize = 30;

/// What many runs tell.
#[derive(Debug, Default, Serialize)]
pub struct Stats {
    /// How many passed or failed; those that were interrupted, wait or go on do not count.
    runs: usize,
    /// How many of them passed.
    passed: usize,
    /// How often each cause was the first one.
    causes: BTreeMap<String, usize>,
    /// Each step.
    steps: Vec<Step>,
}

/// What many runs tell of one step. Times are in milliseconds, of the runs in which it passed and
/// nothing was cached.
#[derive(Debug, Serialize)]
struct Step {
    id: String,
    passed: usize,
    failed: usize,
    /// Whether it both passed and failed with the same tree, profile and command.
    flaky: bool,
    least_ms: u64,
    quarter_ms: u64,
    median_ms: u64,
    three_quarters_ms: u64,
    most_ms: u64,
}

/// Prints the statistics.
pub fn stats(found: &[&Found], json: bool) {
    let records: Vec<&RunRecord> =
        found.iter().filter_map(|found| found.record.as_ref().ok()).filter(|r| counts(r)).collect();
    let stats = gather(&records);
    if json { print_json(&stats) } else { screen::print_inert(&text(&stats)) }
}

fn counts(record: &RunRecord) -> bool {
    failed(record.outcome) || record.outcome == Outcome::Passed
}

fn failed(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Failed | Outcome::TimedOut | Outcome::Error)
}

fn gather(records: &[&RunRecord]) -> Stats {
    let passed = records.iter().filter(|record| record.outcome == Outcome::Passed).count();
    let mut causes = BTreeMap::new();
    for cause in records.iter().filter_map(|record| record.cause.as_ref()) {
        *causes.entry(cause.code.as_str().to_owned()).or_default() += 1;
    }
    let mut ids: Vec<&str> = Vec::new();
    for step in records.iter().flat_map(|record| &record.steps) {
        if !ids.contains(&step.id.as_str()) {
            ids.push(&step.id);
        }
    }
    let steps = ids.into_iter().filter_map(|id| step(id, records)).collect();
    Stats { runs: records.len(), passed, causes, steps }
}

fn step(id: &str, records: &[&RunRecord]) -> Option<Step> {
    let all: Vec<(&RunRecord, &StepRecord)> = records
        .iter()
        .flat_map(|record| record.steps.iter().map(move |step| (*record, step)))
        .filter(|(_, step)| step.id == id)
        .collect();
    let of = |wanted: &dyn Fn(&StepRecord) -> bool| -> Vec<&(&RunRecord, &StepRecord)> {
        all.iter().filter(|(_, step)| wanted(step)).collect()
    };
    let passed = of(&|step| step.outcome == Outcome::Passed);
    let bad = of(&|step| failed(step.outcome));
    if passed.is_empty() && bad.is_empty() {
        return None;
    }
    let tested = |(record, _): &&(&RunRecord, &StepRecord)| {
        (record.source.tree.clone(), record.profile.clone(), record.command.clone())
    };
    let good: BTreeSet<_> = passed.iter().map(tested).collect();
    let mut times: Vec<u64> =
        passed.iter().filter(|(_, step)| !step.cached).map(|(_, step)| step.duration_ms).collect();
    times.sort_unstable();
    let at = |part: f64| {
        let index = (times.len().saturating_sub(1) as f64 * part).round() as usize;
        times.get(index).copied().unwrap_or(0)
    };
    Some(Step {
        id: id.to_owned(),
        passed: passed.len(),
        failed: bad.len(),
        flaky: bad.iter().map(tested).any(|tested| good.contains(&tested)),
        least_ms: at(0.0),
        quarter_ms: at(0.25),
        median_ms: at(0.5),
        three_quarters_ms: at(0.75),
        most_ms: at(1.0),
    })
}

fn text(stats: &Stats) -> String {
    let rate = 100.0 * stats.passed as f64 / stats.runs.max(1) as f64;
    let mut text =
        format!("{} of {} passed ({rate:.0} %)\n", stats.passed, screen::count(stats.runs, "run"));
    for (code, count) in &stats.causes {
        text.push_str(&format!("{count:>5}  {code}\n"));
    }
    let row = |step: &Step| {
        let share = format!("{}/{}", step.failed, step.failed + step.passed);
        let flaky = if step.flaky { " flaky" } else { "" };
        let failed = if step.failed == 0 { String::new() } else { format!("{share}{flaky}") };
        let spread = format!("{} to {}", time(step.quarter_ms), time(step.three_quarters_ms));
        vec![step.id.clone(), failed, time(step.median_ms), spread, chart(step, step.most_ms)]
    };
    let rows: Vec<Vec<String>> = stats.steps.iter().map(row).collect();
    if !rows.is_empty() {
        let headings = ["step", "failed", "median", "middle half", "0 to longest"];
        text.push_str(&format!("\n{}", table::text(&headings, &rows)));
        text.push_str("\n- least to most   = middle half   # median\n");
    }
    text
}

/// A box on a scale up to `most_ms`: from the least to the most, the middle half, the median.
fn chart(step: &Step, most_ms: u64) -> String {
    let at = |ms: u64| (ms as f64 / most_ms.max(1) as f64 * (CHART - 1) as f64).round() as usize;
    let mut drawn = vec![' '; CHART];
    let spans =
        [(step.least_ms, step.most_ms, '-'), (step.quarter_ms, step.three_quarters_ms, '=')];
    for (from, to, sign) in spans {
        drawn[at(from)..=at(to)].fill(sign);
    }
    drawn[at(step.median_ms)] = '#';
    drawn.into_iter().collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_has_its_parts_in_their_places() {
        let step = Step {
            id: "ready".into(),
            passed: 4,
            failed: 0,
            flaky: false,
            least_ms: 0,
            quarter_ms: 100,
            median_ms: 145,
            three_quarters_ms: 200,
            most_ms: 290,
        };
        assert_eq!(chart(&step, 290), "----------=====#=====---------");
        let none = Step { most_ms: 0, three_quarters_ms: 0, median_ms: 0, quarter_ms: 0, ..step };
        assert_eq!(chart(&none, 0), "#");
    }
}
