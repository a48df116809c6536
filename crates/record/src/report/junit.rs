//! `junit.xml`, which CI systems read: a test case for each step, and one for each expectation.

use smoke_core::cause::{Cause, Outcome};
use smoke_core::finding::Finding;
use smoke_core::text::legible::cut;

use super::history::History;
use super::markup::Markup;
use crate::run_record::{RunRecord, StageRecord, StepRecord};
use crate::strict;
use crate::verdict::word;

/// The longest text of a failure, in characters.
const LONGEST: usize = 20_000;

/// The whole file.
pub fn junit(history: &History) -> Markup {
    let record = &history.record;
    let began = record.started_at.as_str();
    let mut xml = Markup::new();
    xml.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"smoke\" time=\"");
    seconds(&mut xml, record.duration_ms);
    xml.raw("\">\n");
    let steps: Vec<Case> = record.steps.iter().map(|step| of_step(step, history)).collect();
    suite(&mut xml, &format!("{} steps", record.profile), began, record.duration_ms, &steps);
    for stage in &record.stages {
        let name = format!("{} stage {}", record.profile, stage.name);
        suite(&mut xml, &name, began, 0, &of_stage(stage));
    }
    if !record.findings.is_empty() {
        let cases: Vec<Case> = record.findings.iter().map(|it| of_finding(it, record)).collect();
        suite(&mut xml, &format!("{} findings", record.profile), began, 0, &cases);
    }
    xml.raw("</testsuites>\n");
    xml
}

/// A test case.
pub struct Case {
    /// What was tried.
    pub name: String,
    /// How long it took.
    pub took_ms: u64,
    /// How it ended.
    pub end: End,
}

/// How it ended.
pub enum End {
    /// All is well.
    Passed,
    /// It passed, and has something to say.
    Noted(String),
    /// It was not tried, and why.
    Skipped(String),
    /// The check failed.
    Failed(String, String),
    /// It could not be tried.
    Error(String, String),
}

fn of_step(step: &StepRecord, history: &History) -> Case {
    let took_ms = history.end_of(step).saturating_sub(step.started_ms);
    let (message, text) = step.cause.as_ref().map(told).unwrap_or_default();
    let end = match step.outcome {
        Outcome::Passed => End::Passed,
        Outcome::Skipped if step.log.is_none() => End::Skipped("the run did not get there".into()),
        Outcome::Skipped => End::Skipped("there was nothing to do".into()),
        Outcome::Manual => End::Skipped("it waits for a person".into()),
        Outcome::Failed | Outcome::TimedOut => End::Failed(message, text),
        Outcome::Error => End::Error(message, text),
        Outcome::Running | Outcome::Interrupted => {
            let said = format!("{} when the run ended", word(step.outcome));
            End::Error(if message.is_empty() { said } else { message }, text)
        }
    };
    Case { name: step.id.clone(), took_ms, end }
}

/// A cause as a message and a longer text.
pub fn told(cause: &Cause) -> (String, String) {
    let mut text = format!("[{}] {}\n", cause.code.as_str(), cause.summary);
    cause.evidence.iter().for_each(|line| text.push_str(&format!("| {line}\n")));
    text.push_str(&format!("try next: {}\n", cause.next));
    (format!("[{}] {}", cause.code.as_str(), cause.summary), text)
}

/// A case for each expectation, and one for the clone.
pub fn of_stage(stage: &StageRecord) -> Vec<Case> {
    let expected = stage.expectations.iter().enumerate().map(|(index, expected)| {
        let why = || expected.why.clone().unwrap_or_else(|| "the expectation was not met".into());
        let end = if expected.met { End::Passed } else { End::Failed(why(), why()) };
        Case { name: format!("{} {}", index + 1, expected.tool), took_ms: 0, end }
    });
    let changed = || "the clone changed".to_owned();
    let end = if stage.git_clean { End::Passed } else { End::Failed(changed(), changed()) };
    expected.chain([Case { name: "the clone is unchanged".into(), took_ms: 0, end }]).collect()
}

/// A finding fails nothing, unless it failed the step that made it.
fn of_finding(finding: &Finding, record: &RunRecord) -> Case {
    let lines = finding.evidence.iter().map(|line| format!("| {line}\n"));
    let text: String = [format!("{finding}\n")].into_iter().chain(lines).collect();
    let end = match strict::fails(finding, record) {
        true => End::Failed(finding.to_string(), text),
        false => End::Noted(text),
    };
    Case { name: format!("{} of {}", finding.name.as_str(), finding.subject), took_ms: 0, end }
}

/// Test cases that belong together, of a run that began then.
pub fn suite(xml: &mut Markup, name: &str, began: &str, took_ms: u64, cases: &[Case]) {
    let count = |is: &dyn Fn(&End) -> bool| cases.iter().filter(|case| is(&case.end)).count();
    xml.raw("  <testsuite name=\"");
    attribute(xml, name);
    xml.raw("\" timestamp=\"");
    attribute(xml, began.trim_end_matches('Z'));
    xml.raw("\" tests=\"").text(cases.len().to_string());
    let failed = count(&|end| matches!(end, End::Failed(..)));
    xml.raw("\" failures=\"").text(failed.to_string());
    xml.raw("\" errors=\"").text(count(&|end| matches!(end, End::Error(..))).to_string());
    let skipped = count(&|end| matches!(end, End::Skipped(_)));
    xml.raw("\" skipped=\"").text(skipped.to_string()).raw("\" time=\"");
    seconds(xml, took_ms);
    xml.raw("\">\n");
    cases.iter().for_each(|one| case(xml, name, one));
    xml.raw("  </testsuite>\n");
}

fn case(xml: &mut Markup, suite: &str, case: &Case) {
    xml.raw("    <testcase classname=\"");
    attribute(xml, suite);
    xml.raw("\" name=\"");
    attribute(xml, &case.name);
    xml.raw("\" time=\"");
    seconds(xml, case.took_ms);
    match &case.end {
        End::Passed => {
            xml.raw("\"/>\n");
            return;
        }
        End::Noted(text) => {
            xml.raw("\"><system-out>").text(cut(text, LONGEST)).raw("</system-out>");
        }
        End::Skipped(why) => {
            xml.raw("\"><skipped message=\"");
            attribute(xml, why);
            xml.raw("\"/>");
        }
        End::Failed(message, text) => problem(xml, ("<failure", "</failure>"), message, text),
        End::Error(message, text) => problem(xml, ("<error", "</error>"), message, text),
    }
    xml.raw("</testcase>\n");
}

fn problem(xml: &mut Markup, tags: (&'static str, &'static str), message: &str, text: &str) {
    xml.raw("\">").raw(tags.0).raw(" message=\"");
    attribute(xml, message);
    xml.raw("\">").text(cut(text, LONGEST)).raw(tags.1);
}

/// In an attribute a line ending would be read as a space.
fn attribute(xml: &mut Markup, text: &str) {
    for (index, line) in cut(text, 2_000).split('\n').enumerate() {
        if index > 0 {
            xml.raw("&#10;");
        }
        xml.text(line);
    }
}

fn seconds(xml: &mut Markup, ms: u64) {
    xml.text(format!("{}.{:03}", ms / 1000, ms % 1000));
}
