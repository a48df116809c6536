//! Writes what happens to the run folder, the moment it happens.

use std::fs::File;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use smoke_core::files;

use super::event::{Event, Timed};
use super::fold::fold;
use super::folder::RunFolder;
use super::mask::Mask;
use super::record::{Leak, RunRecord};
use crate::screen;

/// Takes the events of a run into `events.jsonl`, `harness.log` and `run.json`, secrets masked.
pub struct Recorder {
    folder: RunFolder,
    record: RunRecord,
    mask: Mask,
    start: Instant,
    before: Duration,
    events: File,
    log: File,
    broken: bool,
}

impl Recorder {
    /// Starts at `start`, or goes on, with what `record` knows already.
    ///
    /// # Errors
    /// The files in the run folder cannot be made.
    pub fn start(folder: RunFolder, record: RunRecord, mask: Mask, start: Instant) -> Result<Self> {
        let open =
            |name| folder.append(name).with_context(|| format!("write {}/{name}", folder.path()));
        let (events, log) = (open("events.jsonl")?, open("harness.log")?);
        let before = Duration::from_millis(record.duration_ms);
        let mut recorder = Self { folder, record, mask, start, before, events, log, broken: false };
        recorder.take(start, Event::RunStarted(Box::new(recorder.record.clone())));
        Ok(recorder)
    }

    /// Masks these secrets from now on.
    pub fn mask(&mut self, mask: Mask) {
        self.mask = mask;
    }

    /// `text` without secrets.
    pub fn hide(&self, text: &str) -> String {
        self.mask.hide(text)
    }

    /// What is known so far.
    pub fn record(&self) -> &RunRecord {
        &self.record
    }

    /// Whether this process is known to have been left behind.
    pub fn knows(&self, leak: &Leak) -> bool {
        self.record.leaks.iter().any(|known| known.pid == leak.pid)
    }

    /// Takes in what happened at `when` and returns it as it was recorded.
    ///
    /// A disk that is full or a folder that is gone does not end the run: the teardown must still
    /// happen, and what was recorded stays readable. It is said once, at the end.
    pub fn take(&mut self, when: Instant, event: Event) -> Timed {
        let t_ms = self.before + when.saturating_duration_since(self.start);
        let timed = self.masked(Timed { t_ms: t_ms.as_millis() as u64, event });
        fold(&mut self.record, &timed);
        if self.write(&timed).is_err() {
            self.broken = true;
        }
        timed
    }

    /// Whether something could not be written.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    fn masked(&self, timed: Timed) -> Timed {
        let mut value = serde_json::to_value(&timed).unwrap_or_default();
        self.mask.hide_in_json(&mut value);
        serde_json::from_value(value).unwrap_or(timed)
    }

    fn write(&mut self, timed: &Timed) -> io::Result<()> {
        let mut line = serde_json::to_string(timed)?;
        line.push('\n');
        self.events.write_all(line.as_bytes())?;
        if let Some(text) = screen::line(&timed.event) {
            writeln!(self.log, "{:>9.3} {text}", timed.t_ms as f64 / 1000.0)?;
        }
        if changes_the_record(&timed.event) {
            self.write_record(matches!(timed.event, Event::RunFinished { .. }))?;
        }
        Ok(())
    }

    /// The record is replaced in one step. Only the last one is synced to the disk: what a power
    /// cut takes before that is in no way better known.
    fn write_record(&self, last: bool) -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(&self.record)?;
        text.push(b'\n');
        let path = self.folder.path().join("run.json");
        let write = if last { files::write_atomic } else { files::replace };
        write(&path, &text, files::PRIVATE)
    }
}

fn changes_the_record(event: &Event) -> bool {
    !matches!(
        event,
        Event::Remark { .. }
            | Event::StepNote { .. }
            | Event::Attempt { .. }
            | Event::StillWaiting { .. }
    )
}
