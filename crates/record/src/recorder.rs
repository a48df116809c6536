//! The recorder: writes what happens to the run folder, the moment it happens.

use std::fs::File;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use smoke_core::cause::Outcome;

use super::event::{Event, Timed};
use super::fold::fold;
use super::folder::RunFolder;
use super::mask::Mask;
use super::plan::Kind;
use super::reserve::Reserve;
use super::run_record::{Leak, RunRecord};
use super::waits;
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
    /// What has been written to `events`, in bytes.
    whole: u64,
    reserve: Reserve,
    broken: Option<Broken>,
    /// Whether the record has changed since it was written.
    changed: bool,
    written: Option<Instant>,
}

/// A run that could not be recorded to its end.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The step that ran when it was noticed first.
    pub step: String,
    /// What was noticed first.
    pub reason: String,
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
        // Whoever can take this lock knows that nobody records any more.
        let _ = log.try_lock();
        let before = Duration::from_millis(record.duration_ms);
        let whole = events.metadata().context("look at events.jsonl")?.len();
        let reserve = Reserve::take(folder.path())
            .with_context(|| format!("reserve some space in {}", folder.path()))?;
        let known = Event::RunStarted(Box::new(record.clone()));
        let (broken, changed, written) = (None, false, None);
        let mut recorder = Self {
            folder,
            record,
            mask,
            start,
            before,
            events,
            log,
            whole,
            reserve,
            broken,
            changed,
            written,
        };
        recorder.take(start, known);
        Ok(recorder)
    }

    /// Masks these secrets from now on.
    pub fn mask(&mut self, mask: Mask) {
        self.mask = mask;
    }

    /// What is known so far.
    pub fn record(&self) -> &RunRecord {
        &self.record
    }

    /// Whether this process is known to have been left behind.
    pub fn knows(&self, leak: &Leak) -> bool {
        self.record.leaks.iter().any(|known| known.pid == leak.pid)
    }

    /// What was waited for since this was asked last.
    pub fn waits(&self) -> Event {
        waits::all(self.start, self.before)
    }

    /// Takes in what happened at `when` and returns it as it was recorded.
    ///
    /// A disk that is full or a folder that is gone does not end the run: the teardown must still
    /// happen, and what was recorded stays readable. It is said once, at the end.
    pub fn take(&mut self, when: Instant, event: Event) -> Timed {
        let t_ms = self.before + when.saturating_duration_since(self.start);
        let timed = self.masked(Timed { t_ms: t_ms.as_millis() as u64, event });
        fold(&mut self.record, &timed);
        let last = matches!(timed.event, Event::RunFinished { .. });
        // While a step runs, its log would take the space that is put by.
        let vital = last || matches!(timed.event, Event::StepFinished { .. });
        self.persist(vital, &|recorder| recorder.write_event(&timed));
        self.persist(vital, &|recorder| recorder.write_log(&timed));
        self.changed |= changes_the_record(&timed.event);
        if last || self.changed && self.is_due() {
            self.persist(vital, &|recorder| recorder.write_record(last));
            (self.changed, self.written) = (false, Some(Instant::now()));
        }
        timed
    }

    /// Whether the record was not written just now. What it lacks until the next event, of which
    /// there is one with every sample, is in the events already.
    fn is_due(&self) -> bool {
        const APART: Duration = Duration::from_millis(100);
        self.written.is_none_or(|written| written.elapsed() >= APART)
    }

    /// What could not be written, if anything could not.
    pub fn broken(&self) -> Option<&Broken> {
        self.broken.as_ref()
    }

    fn note(&mut self, error: &io::Error) {
        let running = self.record.steps.iter().find(|step| step.outcome == Outcome::Running);
        let step = running.map_or_else(|| Kind::Prepare.word().to_owned(), |step| step.id.clone());
        let reason = match error.kind() {
            io::ErrorKind::NotFound => "the run folder was removed".to_owned(),
            _ => error.to_string(),
        };
        self.broken.get_or_insert(Broken { step, reason });
    }

    fn masked(&self, timed: Timed) -> Timed {
        let mut value = serde_json::to_value(&timed).unwrap_or_default();
        self.mask.hide_in_json(&mut value);
        serde_json::from_value(value).unwrap_or(timed)
    }

    /// Writes what is vital once more, with the space that was put by for this moment, when writing
    /// fails.
    fn persist(&mut self, vital: bool, write: &dyn Fn(&mut Self) -> io::Result<()>) {
        let mut written = write(self);
        if written.is_err() && vital {
            self.reserve.release();
            written = write(self);
        }
        if let Err(error) = written {
            self.note(&error);
        }
    }

    fn write_log(&mut self, timed: &Timed) -> io::Result<()> {
        match screen::line(&timed.event) {
            Some(text) => {
                let line = format!("{:>9.3} {text}\n", timed.t_ms as f64 / 1000.0);
                self.log.write_all(line.as_bytes())
            }
            None => Ok(()),
        }
    }

    /// An event is written whole or not at all, so that what is there can be read.
    fn write_event(&mut self, timed: &Timed) -> io::Result<()> {
        let mut line = serde_json::to_string(timed)?;
        line.push('\n');
        if let Err(error) = self.events.write_all(line.as_bytes()) {
            self.events.set_len(self.whole)?;
            return Err(error);
        }
        self.whole += line.len() as u64;
        Ok(())
    }

    /// The record is replaced in one step. Only the last one is synced to the disk: what a power
    /// cut takes before that is in no way better known.
    fn write_record(&mut self, last: bool) -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(&self.record)?;
        text.push(b'\n');
        if !last {
            return self.folder.replace("run.json", &text);
        }
        match self.folder.replace_for_good("run.json", &text) {
            // Nothing new can be made in a folder that is read-only by now; the file is still ours.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                let mut file = self.folder.append("run.json")?;
                file.set_len(0)?;
                file.write_all(&text)
            }
            written => written,
        }
    }
}

fn changes_the_record(event: &Event) -> bool {
    !matches!(
        event,
        Event::Remark { .. }
            | Event::StepNote { .. }
            | Event::Attempt { .. }
            | Event::StillWaiting { .. }
            | Event::Waited { .. }
            | Event::Sampled(_)
    )
}
