//! The watch of a run: takes what happens to the recorder and to the screen, and says how it ended.

use std::sync::{Mutex, MutexGuard};
use std::time::Instant;

use camino::Utf8PathBuf;
use smoke_core::cause::{Cause, Code, Outcome};
use smoke_core::stop::Stop;
use smoke_core::sync;
use smoke_harness::context::Context;
use smoke_record::event::Event;
use smoke_record::folder::{RunFolder, log_of};
use smoke_record::mask::Mask;
use smoke_record::plan::Kind;
use smoke_record::recorder::Recorder;
use smoke_record::run_record::{Failure, Leak, RunRecord};
use smoke_record::{ci, report, screen, shortage};

use crate::cli::output::Format;

/// Takes events to the recorder and to the screen.
pub struct Watch {
    recorder: Mutex<Recorder>,
    folder: RunFolder,
    format: Format,
}

impl Watch {
    /// For the run whose recorder this is.
    pub fn new(recorder: Recorder, folder: RunFolder, format: Format) -> Self {
        Self { recorder: Mutex::new(recorder), folder, format }
    }

    /// Takes in what happened at `when`. A process that was found before is not news.
    pub fn take(&self, when: Instant, event: Event) {
        if matches!(&event, Event::LeakFound(leak) if self.recorder().knows(leak)) {
            return;
        }
        if matches!(event, Event::Sampled(_)) && self.recorder().record().exit_code.is_some() {
            // A run has its last word when it is over.
            return;
        }
        let timed = self.recorder().take(when, event);
        if let Event::RunStarted(record) = &timed.event {
            ci::begin(record);
        }
        screen::show(timed.t_ms, &timed.event);
    }

    /// Masks these secrets from now on.
    pub fn mask(&self, mask: Mask) {
        self.recorder().mask(mask);
    }

    /// Where the run is recorded.
    pub fn run_folder(&self) -> Utf8PathBuf {
        self.folder.path().to_owned()
    }

    /// The record as it is now.
    pub fn record(&self) -> RunRecord {
        self.recorder().record().clone()
    }

    fn recorder(&self) -> MutexGuard<'_, Recorder> {
        sync::lock(&self.recorder)
    }

    /// Says of a step that it waits for a person.
    pub fn wait_for_a_person(&self, step: &str) {
        let now = Instant::now();
        self.take(now, Event::started(step));
        let (step, outcome) = (step.to_owned(), Outcome::Manual);
        let event = Event::StepFinished { step, outcome, attempts: 0, cached: false, cause: None };
        self.take(now, event);
    }

    /// The end of a run that stopped for a person.
    pub fn pause(&self, next: &[String]) -> u8 {
        let code = self.end(Outcome::Manual, 0, Vec::new());
        next.iter().for_each(|line| screen::say(line));
        code
    }

    /// The end of a run that was to stop before the stack is started.
    pub fn keep(&self, context: &Context) -> u8 {
        let code = self.end(Outcome::Passed, 0, Vec::new());
        screen::say(&format!("  workspace   {}", context.paths.workspace));
        code
    }

    /// A leak that a step reported is a failure, unless the step was ended before its time and took
    /// what was left with it, or one of `failures` says it already.
    pub fn leak(&self, failures: &[Failure]) -> Option<Failure> {
        let told = |code| matches!(code, Code::Leak | Code::Interrupted);
        if failures.iter().any(|failure| told(failure.cause.code)) {
            return None;
        }
        let record = self.record();
        let cut_short = |leak: &&Leak| {
            let step = record.steps.iter().find(|known| known.id == leak.step);
            step.is_some_and(|step| match step.outcome {
                Outcome::Interrupted => true,
                Outcome::TimedOut => leak.holds == "group",
                _ => false,
            })
        };
        let leaks: Vec<_> = record.leaks.iter().filter(|leak| !cut_short(leak)).collect();
        let leak = leaks.first()?;
        let lines = leaks.iter().map(|leak| {
            format!("{}: pid {} holds {}: {}", leak.step, leak.pid, leak.holds, leak.argv.join(" "))
        });
        let summary =
            format!("step {} left {} behind", leak.step, screen::count(leaks.len(), "process"));
        let log = self.folder.read_file(&log_of(&leak.step));
        let next = match leak.step == Kind::Start.word() {
            true => format!("let the gateway stay in the foreground, and {log}"),
            false => log,
        };
        let cause = Cause::new(Code::Leak, summary, next).evidence(lines);
        Some(Failure::new(&leak.step, cause))
    }

    /// The end of a run, passed or failed.
    pub fn finish(&self, mut failures: Vec<Failure>, stop: &Stop) -> u8 {
        failures.extend(self.unrecorded());
        for Failure { cause, .. } in &mut failures {
            cause.next = self.folder.in_reach(std::mem::take(&mut cause.next));
        }
        // The first failure is the one to look at, but whoever ends a run wants to hear that it ended.
        failures.sort_by_key(|failure| failure.cause.code != Code::Interrupted);
        let Some(Failure { cause, .. }) = failures.first() else {
            return self.end(Outcome::Passed, 0, Vec::new());
        };
        let code = match (cause.code, stop.signal()) {
            (Code::Interrupted, Some(signal)) => 128 + signal as u8,
            _ => cause.exit_code(),
        };
        self.end(cause.outcome(), code, failures)
    }

    /// A run that could not be recorded has nothing to show for it, whatever came of it.
    fn unrecorded(&self) -> Option<Failure> {
        let broken = self.recorder().broken()?.clone();
        let summary = format!("{} cannot be written: {}", self.folder.path(), broken.reason);
        let next = "name another folder with --artifacts";
        let cause = Cause::new(Code::PrerequisiteMissing, summary, next);
        Some(Failure::new(broken.step, shortage::behind(cause, &[])))
    }

    fn end(&self, outcome: Outcome, exit_code: u8, causes: Vec<Failure>) -> u8 {
        let first = causes.first();
        let failed_step = first.map(|failure| failure.step.clone());
        let cause = first.map(|failure| failure.cause.clone());
        let waits = self.recorder().waits();
        self.take(Instant::now(), waits);
        let event = Event::RunFinished { outcome, exit_code, failed_step, cause, causes };
        self.take(Instant::now(), event);
        let record = self.record();
        ci::end();
        screen::verdict(&record, self.folder.path().as_str());
        ci::finish(&record, self.folder.path());
        if let Some(broken) = self.recorder().broken() {
            screen::say(&format!("  it is not complete: {}", broken.reason));
        }
        if let Err(error) = report::write(self.folder.path()) {
            screen::say(&format!("  there is no report: {error:#}"));
        }
        if self.format == Format::Json {
            screen::print(&format!(
                "{}\n",
                ci::system::defused_json(serde_json::to_string_pretty(&record).unwrap_or_default())
            ));
        }
        exit_code
    }
}
