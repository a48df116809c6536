//! The runs with several agents as one: the agents stand across, and down what became of the stages, of the
//! tools that are expected, and of what was found.

use serde::Serialize;
use serde_json::{Value, json};
use smoke_agents::agent::Agent;
use smoke_core::cause::Cause;
use smoke_core::text::legible::cut;

use crate::run_record::{RunRecord, StageRecord};

/// A run that is over.
pub struct Ended {
    /// Whose it was.
    pub agent: &'static Agent,
    /// What it exited with.
    pub exit_code: u8,
    /// Its record; none if it did not get that far.
    pub record: Option<RunRecord>,
    /// The last line that it said, if it has no record.
    pub said: String,
}

/// A row of the table.
#[derive(Serialize)]
pub struct Row {
    /// What it is about.
    pub name: String,
    /// What is to be said of each agent.
    pub cells: Vec<String>,
}

impl Ended {
    /// Why it failed.
    pub fn cause(&self) -> Option<&Cause> {
        self.record.as_ref()?.cause.as_ref()
    }

    /// How it ended, in a word.
    pub fn outcome(&self) -> String {
        match (self.exit_code, self.cause()) {
            (0, _) => "passed".to_owned(),
            (_, Some(cause)) => cause.code.as_str().to_owned(),
            (code, None) => format!("exit {code}"),
        }
    }
}

/// The first that did not pass.
pub fn first_failed(ended: &[Ended]) -> Option<&Ended> {
    ended.iter().find(|one| one.exit_code != 0)
}

/// All of it as one document, with the record of each run.
pub fn document(ended: &[Ended]) -> Value {
    let agent = |one: &Ended| {
        json!({
            "agent": one.agent.name, "exit_code": one.exit_code, "outcome": one.outcome(),
            "record": one.record,
        })
    };
    let agents: Vec<Value> = ended.iter().map(agent).collect();
    json!({"agents": agents, "rows": rows(ended)})
}

/// The rows, each with a cell for each agent.
pub fn rows(ended: &[Ended]) -> Vec<Row> {
    let row = |name: String, cell: &dyn Fn(&Ended) -> String| {
        let cells = ended.iter().map(cell).collect();
        Row { name, cells }
    };
    let mut rows = vec![row("version".into(), &version), row("run".into(), &Ended::outcome)];
    for name in in_order(ended, |record| stages(record).map(|stage| stage.name.clone()).collect()) {
        rows.push(row(format!("stage {name}"), &|one| stage_cell(one, &name)));
    }
    for tool in in_order(ended, expected_tools) {
        rows.push(row(format!("tool {tool}"), &|one| tool_cell(one, &tool)));
    }
    for name in in_order(ended, found) {
        rows.push(row(format!("finding {name}"), &|one| finding_cell(one, &name)));
    }
    rows
}

/// What the records have, each once, in the order in which it comes up.
fn in_order(ended: &[Ended], of: impl Fn(&RunRecord) -> Vec<String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for name in ended.iter().filter_map(|one| one.record.as_ref()).flat_map(of) {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

fn stages(record: &RunRecord) -> impl Iterator<Item = &StageRecord> {
    record.stages.iter()
}

fn expected_tools(record: &RunRecord) -> Vec<String> {
    let expected = stages(record).flat_map(|stage| &stage.expectations);
    expected.map(|expectation| expectation.tool.clone()).collect()
}

fn found(record: &RunRecord) -> Vec<String> {
    record.findings.iter().map(|finding| finding.name.as_str().to_owned()).collect()
}

fn version(one: &Ended) -> String {
    let versions = one.record.as_ref().map(|record| &record.versions);
    versions.and_then(|known| known.get(one.agent.name)).cloned().unwrap_or_else(|| "-".into())
}

fn stage_cell(one: &Ended, name: &str) -> String {
    let record = one.record.as_ref();
    let stage = record.and_then(|record| stages(record).find(|stage| stage.name == name));
    let Some(stage) = stage else { return "not reached".into() };
    let unmet = stage.expectations.iter().filter(|expectation| !expectation.met).count();
    match unmet {
        0 => "passed".to_owned(),
        unmet => format!("{unmet} of {} unmet", stage.expectations.len()),
    }
}

/// The name under which the tool reached the agent's model.
fn tool_cell(one: &Ended, tool: &str) -> String {
    const LONGEST: usize = 40;
    let stages = one.record.iter().flat_map(stages);
    let seen: Vec<&StageRecord> = stages.filter(|stage| stage.offered_tools.is_some()).collect();
    let name = seen.iter().find_map(|stage| stage.offered_as.get(tool));
    match name {
        Some(name) => cut(name, LONGEST),
        None if seen.is_empty() => "-".to_owned(),
        None => "not offered".to_owned(),
    }
}

/// How often it was found in this run.
fn finding_cell(one: &Ended, name: &str) -> String {
    let all = one.record.iter().flat_map(|record| &record.findings);
    match all.filter(|finding| finding.name.as_str() == name).count() {
        0 => "-".to_owned(),
        count => format!("found {count}"),
    }
}
