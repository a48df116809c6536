//! `runs list`: the earlier runs, the newest first.

use serde::Serialize;
use smoke_core::cause::Outcome;
use smoke_core::text::shown;
use smoke_record::report::words::time;
use smoke_record::run_record::RunRecord;
use smoke_record::screen;
use smoke_record::verdict::word;

use super::found::Found;
use super::{print_json, table};

/// A run in a list.
#[derive(Debug, Serialize)]
pub struct Row<'a> {
    id: &'a str,
    started_at: &'a str,
    commit: &'a str,
    profile: &'a str,
    outcome: Outcome,
    cause: Option<&'a str>,
    failed_step: Option<&'a str>,
    duration_ms: u64,
    exit_code: Option<u8>,
    command: &'a [String],
    path: &'a str,
}

impl<'a> Row<'a> {
    fn of(found: &'a Found, record: &'a RunRecord) -> Self {
        Self {
            id: &record.id,
            started_at: &record.started_at,
            commit: &record.source.commit,
            profile: &record.profile,
            outcome: record.outcome,
            cause: record.cause.as_ref().map(|cause| cause.code.as_str()),
            failed_step: record.failed_step.as_deref(),
            duration_ms: record.duration_ms,
            exit_code: record.exit_code,
            command: &record.command,
            path: found.path.as_str(),
        }
    }
}

/// Prints the runs.
pub fn list(found: &[&Found], json: bool) {
    let rows: Vec<Row> = found
        .iter()
        .filter_map(|found| found.record.as_ref().ok().map(|record| Row::of(found, record)))
        .collect();
    if json {
        return print_json(&rows);
    }
    if rows.is_empty() {
        return screen::say("there is no run yet; `cargo xtask smoke` makes one");
    }
    let headings = ["run", "commit", "profile", "outcome", "cause", "took", "command"];
    let cells: Vec<Vec<String>> = rows.iter().map(cells).collect();
    screen::print_inert(&table::text(&headings, &cells));
}

fn cells(row: &Row) -> Vec<String> {
    let cause = match (row.cause, row.failed_step) {
        (Some(code), Some(step)) => format!("{code} at {step}"),
        (code, _) => code.unwrap_or_default().to_owned(),
    };
    vec![
        row.id.to_owned(),
        row.commit.chars().take(8).collect(),
        row.profile.to_owned(),
        word(row.outcome).to_owned(),
        cause,
        time(row.duration_ms),
        shown(row.command),
    ]
}
