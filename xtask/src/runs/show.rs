//! `runs show`: one run, step by step, with its verdict.

use anyhow::Result;
use smoke_core::cause::Outcome;
use smoke_core::text::shown;
use smoke_record::report::words::time;
use smoke_record::run_record::RunRecord;
use smoke_record::verdict::{self, word};
use smoke_record::{report, screen};

use super::found::Found;
use super::{print_json, table};

/// Prints how a run went, or makes its report again.
///
/// # Errors
/// Its record, or its events, cannot be read.
pub fn show(found: &Found, again: bool, json: bool) -> Result<()> {
    if again {
        report::write(&found.path)?;
        screen::print_inert(&format!("{}\n", found.path.join("report.html")));
        return Ok(());
    }
    let record = found.record()?;
    if json {
        print_json(record);
        return Ok(());
    }
    screen::print_inert(&text(record));
    if record.outcome == Outcome::Running && !found.is_alive() {
        screen::say("it was killed: it says that it runs, and it does not");
    }
    screen::print_inert(&format!(
        "{}\n",
        verdict::lines(record, found.path.as_str(), None).join("\n")
    ));
    Ok(())
}

fn text(record: &RunRecord) -> String {
    let source = &record.source;
    let mut text = format!(
        "run      {}, started {}\nsource   {} at {:.12}\nprofile  {}\ncommand  cargo xtask {}\n",
        record.id,
        record.started_at,
        source.path,
        source.commit,
        record.profile,
        shown(&record.command)
    );
    for (program, version) in &record.versions {
        text.push_str(&format!("{program:<8} {version}\n"));
    }
    let row = |step: &smoke_record::run_record::StepRecord| {
        let cached = if step.cached { " (cached)" } else { "" };
        let ran = step.log.is_some();
        let times = [step.started_ms, step.duration_ms].map(time);
        let [began, took] = if ran { times } else { Default::default() };
        vec![step.id.clone(), format!("{}{cached}", word(step.outcome)), began, took]
    };
    let rows: Vec<Vec<String>> = record.steps.iter().map(row).collect();
    text.push('\n');
    text.push_str(&table::text(&["step", "outcome", "began", "took"], &rows));
    text
}
