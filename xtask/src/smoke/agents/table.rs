//! The table of several agents: they stand across, and what became of the stages with them down.

use serde_json::{Value, json};
use smoke_core::text::legible::cut;
use smoke_record::run_record::{RunRecord, StageRecord};

use super::one::Ended;
use crate::runs::table;

/// The table for the screen.
pub fn text(ended: &[Ended]) -> String {
    let names: Vec<&str> = ended.iter().map(|one| one.agent.name).collect();
    let headings: Vec<&str> = std::iter::once("").chain(names).collect();
    let rows = rows(ended).into_iter();
    let rows: Vec<Vec<String>> =
        rows.map(|(name, cells)| std::iter::once(name).chain(cells).collect()).collect();
    table::text(&headings, &rows)
}

/// The same as a document, with the record of each run.
pub fn json(ended: &[Ended]) -> String {
    let agent = |one: &Ended| {
        json!({
            "agent": one.agent.name, "exit_code": one.exit_code, "outcome": outcome(one),
            "record": one.record,
        })
    };
    let rows: Vec<Value> = rows(ended)
        .into_iter()
        .map(|(name, cells)| json!({"name": name, "cells": cells}))
        .collect();
    let agents: Vec<Value> = ended.iter().map(agent).collect();
    let document = json!({"agents": agents, "rows": rows});
    format!("{}\n", serde_json::to_string_pretty(&document).unwrap_or_default())
}

/// The rows, each with its name and a cell for each agent.
fn rows(ended: &[Ended]) -> Vec<(String, Vec<String>)> {
    let each = |cell: &dyn Fn(&Ended) -> String| ended.iter().map(cell).collect::<Vec<_>>();
    let mut rows = vec![("version".to_owned(), each(&version)), ("run".to_owned(), each(&outcome))];
    for name in in_order(ended, |record| stages(record).map(|stage| stage.name.clone()).collect()) {
        rows.push((format!("stage {name}"), each(&|one| stage_cell(one, &name))));
    }
    for tool in in_order(ended, expected_tools) {
        rows.push((format!("tool {tool}"), each(&|one| tool_cell(one, &tool))));
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

fn version(one: &Ended) -> String {
    let versions = one.record.as_ref().map(|record| &record.versions);
    versions.and_then(|known| known.get(one.agent.name)).cloned().unwrap_or_else(|| "-".into())
}

fn outcome(one: &Ended) -> String {
    match (one.exit_code, one.cause()) {
        (0, _) => "passed".to_owned(),
        (_, Some(cause)) => cause.code.as_str().to_owned(),
        (code, None) => format!("exit {code}"),
    }
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
