//! `runs log`: what was run, how long it took and what came of it.

use serde_json::json;
use smoke_core::text::shown;
use smoke_record::report::words::time;
use smoke_record::run_record::RunRecord;
use smoke_record::screen;
use smoke_record::verdict::word;

use super::found::Found;
use super::{print_json, table};

/// Prints the worklog, the oldest run first.
pub fn log(found: &[&Found], markdown: bool, json: bool) {
    let records: Vec<&RunRecord> =
        found.iter().rev().filter_map(|found| found.record.as_ref().ok()).collect();
    if json {
        let entries = records.iter().map(|record| {
            json!({"run": record.id, "started_at": record.started_at, "command": record.command,
                "duration_ms": record.duration_ms, "result": result(record)})
        });
        return print_json(&entries.collect::<Vec<_>>());
    }
    let rows: Vec<Vec<String>> = records.into_iter().map(row).collect();
    let headings = ["when", "command", "duration", "result"];
    let text =
        if markdown { table::markdown(&headings, &rows) } else { table::text(&headings, &rows) };
    screen::print_inert(&text);
}

fn row(record: &RunRecord) -> Vec<String> {
    let when = record.started_at.get(..16).unwrap_or(&record.started_at).replace('T', " ");
    let command = format!("cargo xtask {}", shown(&record.command));
    vec![when, command, time(record.duration_ms), result(record)]
}

fn result(record: &RunRecord) -> String {
    match (&record.cause, &record.failed_step) {
        (Some(cause), Some(step)) => {
            format!("{} at {step}: {}", word(record.outcome), cause.code.as_str())
        }
        _ => word(record.outcome).to_owned(),
    }
}
