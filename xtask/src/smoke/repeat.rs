//! `--repeat` and `--until-fail`: the same run again and again, and what that says about it.

use std::collections::BTreeMap;
use std::time::Instant;

use camino::Utf8PathBuf;
use serde::Serialize;
use smoke_core::cause::Outcome;
use smoke_core::files;
use smoke_core::stop::Stop;
use smoke_record::report::words::time;
use smoke_record::run_record::RunRecord;
use smoke_record::screen;

use super::refuse;
use super::session::{Beginning, Session};
use crate::cli::output::Format;
use crate::cli::smoke::SmokeArgs;

/// One of the runs.
#[derive(Debug, Serialize)]
struct Round {
    id: String,
    outcome: Outcome,
    exit_code: u8,
    failed_step: Option<String>,
    cause: Option<String>,
    summary: Option<String>,
    duration_ms: u64,
    run_folder: Utf8PathBuf,
}

/// All of them.
#[derive(Debug, Default, Serialize)]
struct Rounds {
    /// How many passed.
    passed: usize,
    /// How many failed, by step and cause.
    failures: BTreeMap<String, usize>,
    runs: Vec<Round>,
}

/// Runs as often as is asked for, and says what came of it. Returns the exit code: that of the first
/// run that did not pass.
pub fn repeat(args: &SmokeArgs, stop: &Stop, start: Instant) -> u8 {
    let (mut rounds, mut code, mut start) = (Rounds::default(), 0, start);
    // What a program reads is one summary, not the record of each run.
    let mut each = args.run.clone();
    each.output.format = Format::Human;
    let most = args.instead.repeat.unwrap_or(u32::MAX);
    for number in 1..=most {
        let of = args.instead.repeat.map(|all| format!(" of {all}")).unwrap_or_default();
        screen::say(&format!("run {number}{of}"));
        screen::begin(args.run.output.level());
        let beginning = Beginning::at(start);
        let session = match beginning.and_then(|it| Session::start(&each, it, stop)) {
            Ok(session) => session,
            Err(cause) => return refuse(&cause),
        };
        let folder = session.watch.run_folder();
        let ended = session.run();
        rounds.take(folder, ended);
        code = if code == 0 { ended } else { code };
        if stop.is_set() {
            code = ended;
            break;
        }
        if args.instead.until_fail && ended != 0 {
            break;
        }
        start = Instant::now();
    }
    match args.run.output.format {
        Format::Json => screen::print(&format!(
            "{}\n",
            serde_json::to_string_pretty(&rounds).unwrap_or_default()
        )),
        Format::Human => rounds.say(),
    }
    code
}

impl Rounds {
    fn take(&mut self, run_folder: Utf8PathBuf, exit_code: u8) {
        let text = files::read_to_string(&run_folder.join("run.json")).unwrap_or_default();
        let record: Option<RunRecord> = serde_json::from_str(&text).ok();
        let id = run_folder.file_name().unwrap_or_default().to_owned();
        let cause = record.as_ref().and_then(|record| record.cause.clone());
        let round = Round {
            id,
            outcome: record.as_ref().map_or(Outcome::Error, |record| record.outcome),
            exit_code,
            failed_step: record.as_ref().and_then(|record| record.failed_step.clone()),
            cause: cause.as_ref().map(|cause| cause.code.as_str().to_owned()),
            summary: cause.map(|cause| cause.summary),
            duration_ms: record.map_or(0, |record| record.duration_ms),
            run_folder,
        };
        match exit_code {
            0 => self.passed += 1,
            _ => *self.failures.entry(round.name()).or_default() += 1,
        }
        self.runs.push(round);
    }

    fn say(&self) {
        let mut times: Vec<u64> = self.runs.iter().map(|round| round.duration_ms).collect();
        times.sort_unstable();
        let at = |index: usize| times.get(index).copied().map(time).unwrap_or_default();
        let ended = |round: &&Round| round.outcome != Outcome::Interrupted;
        let (all, last) = (self.runs.iter().filter(ended).count(), times.len().saturating_sub(1));
        screen::say(&format!(
            "\n{} of {all} passed; {} to {}, half of them within {}",
            self.passed,
            at(0),
            at(last),
            at(last / 2)
        ));
        for (name, count) in &self.failures {
            screen::say(&format!("  {count} x {name}"));
            let first =
                self.runs.iter().find(|round| round.exit_code != 0 && round.name() == *name);
            let Some(first) = first else { continue };
            screen::say(&format!("      {}", first.summary.as_deref().unwrap_or_default()));
            screen::say(&format!("      first seen in {}", first.run_folder));
        }
    }
}

impl Round {
    /// Step and cause, by which failures are counted.
    fn name(&self) -> String {
        let step = self.failed_step.as_deref().unwrap_or("start");
        format!("{step} [{}]", self.cause.as_deref().unwrap_or("internal"))
    }
}
