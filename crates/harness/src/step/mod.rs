//! A step at work: its clocks, its log, and the way to say what happens.

mod command;
pub mod diagnosis;
pub mod leaks;
pub mod lookout;
pub mod output;

use std::fs::File;
use std::sync::Mutex;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};
use std::{io, thread};

use camino::Utf8Path;
use smoke_core::bound::Bound;
use smoke_core::cause::{Cause, Code};
use smoke_core::command::End;
use smoke_core::environment::Environment;
use smoke_core::output::Stream;
use smoke_core::silence::Quiet;
use smoke_core::stop::Stop;
use smoke_core::text::legible::legible;
use smoke_core::wait::Attempt;
use smoke_core::{program, sync};
use smoke_record::event::Event;
use smoke_record::folder::{RunFolder, log_of};
use smoke_record::log::Log;
use smoke_record::mask::Mask;
use smoke_record::screen;
use smoke_record::screen::live::Pulse;

use crate::step::diagnosis::Subject;
use crate::step::lookout::Lookout;
use crate::versions::{self, Asked};

pub use command::in_words;

/// What a step that passed has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// How often it was tried.
    pub attempts: usize,
    /// Whether an earlier result was used.
    pub cached: bool,
    /// Whether there was nothing to do.
    pub skipped: bool,
}

impl Done {
    /// Done, at the first attempt.
    pub const ONCE: Self = Self { attempts: 1, cached: false, skipped: false };
    /// An earlier result was used.
    pub const CACHED: Self = Self { attempts: 1, cached: true, skipped: false };
    /// There was nothing to do.
    pub const SKIPPED: Self = Self { attempts: 0, cached: false, skipped: true };
}

/// A running step.
pub struct Step {
    id: String,
    start: Instant,
    budget: Mutex<Duration>,
    heartbeat: Option<Duration>,
    stop: Stop,
    log: Log,
    mask: Mask,
    subject: Subject,
    lookout: Lookout,
    pulse: Pulse,
    asked: Asked,
    bus: Sender<Message>,
}

/// What a step says while it runs, and at its end.
pub enum Message {
    /// Something happened.
    Event(Instant, Event),
    /// The step with this id has another deadline.
    Deadline(String, Duration),
    /// The step with this id is over.
    Over(Instant, String, Result<Done, Cause>),
}

/// What a step is made of.
pub struct Parts {
    /// Its id.
    pub id: String,
    /// When it began.
    pub start: Instant,
    /// How long it may take.
    pub deadline: Duration,
    /// How long a command of it may be silent.
    pub heartbeat: Option<Duration>,
    /// The wish to stop.
    pub stop: Stop,
    /// Its log.
    pub log: io::Result<File>,
    /// What its log may not show.
    pub mask: Mask,
    /// What to look at when it stalls.
    pub subject: Subject,
    /// The last that it said.
    pub pulse: Pulse,
    /// The programs of the run whose versions were asked.
    pub asked: Asked,
    /// Where its messages go.
    pub bus: Sender<Message>,
}

impl Step {
    /// A step that runs.
    pub fn new(parts: Parts) -> Self {
        let Parts { id, start, deadline, heartbeat, stop, log, mask, subject, .. } = parts;
        let Parts { pulse, asked, bus, .. } = parts;
        let (budget, log, lookout) = (Mutex::new(deadline), Log::new(log), Lookout::default());
        Self { id, start, budget, heartbeat, stop, log, mask, subject, lookout, pulse, asked, bus }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The wish to stop.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// The time until its deadline.
    pub fn left(&self) -> Duration {
        self.budget().saturating_sub(self.start.elapsed())
    }

    /// The same, with the wish to stop, for what the step asks of others.
    pub fn bound(&self) -> Bound {
        Bound::new(self.left(), &self.stop)
    }

    /// How long it may take.
    pub fn budget(&self) -> Duration {
        *sync::lock(&self.budget)
    }

    /// Gives it another deadline, counted from its beginning, because the profile is known now.
    pub fn allow(&self, deadline: Duration) {
        *sync::lock(&self.budget) = deadline;
        let _ = self.bus.send(Message::Deadline(self.id.clone(), deadline));
    }

    /// Says how it ended: its last word.
    pub fn is_over(&self, result: Result<Done, Cause>) {
        let _ = self.bus.send(Message::Over(Instant::now(), self.id.clone(), result));
    }

    /// Reports that something happened.
    pub fn emit(&self, event: Event) {
        // Nobody listens any more once the run has given the step up.
        let _ = self.bus.send(Message::Event(Instant::now(), event));
    }

    /// Says one line, on the screen and in its log.
    pub fn note(&self, text: impl Into<String>) {
        let text = text.into();
        self.log(&text);
        self.emit(Event::StepNote { step: self.id.clone(), text });
    }

    /// Asks the program that a command starts with for its version, unless that was done before.
    /// Nobody waits for the answer.
    pub fn ask_version(&self, argv: &[String], cwd: &Utf8Path, environment: &Environment) {
        let program = argv.first().map(String::as_str).unwrap_or_default();
        let program = program::seen_from(cwd, program);
        for (name, command) in versions::questions(&program, &self.asked) {
            let (environment, bus) = (environment.clone(), self.bus.clone());
            let asked = self.asked.clone();
            thread::spawn(move || {
                let Some(version) = versions::ask(&command, &environment, &asked) else { return };
                let event = Event::VersionFound { program: name.to_owned(), version };
                let _ = bus.send(Message::Event(Instant::now(), event));
            });
        }
    }

    /// Remembers the last that it said.
    pub fn last_seen(&self, line: &str) {
        if let Ok(mut last) = self.pulse.lock() {
            last.clear();
            last.push_str(&self.shown(line.as_bytes(), 100));
        }
    }

    /// The last that it said.
    pub fn said_last(&self) -> String {
        self.pulse.lock().map(|pulse| pulse.clone()).unwrap_or_default()
    }

    /// Its command says nothing new since it said `last`.
    pub fn is_quiet(&self, quiet: &Quiet, last: &str) {
        /// Whoever pauses for breath is not silent.
        const BREATH: Duration = Duration::from_secs(3);
        if quiet.since < BREATH {
            return;
        }
        let after = if last.is_empty() { String::new() } else { format!(", after: {last}") };
        if let Ok(mut pulse) = self.pulse.lock() {
            *pulse = format!("{quiet}{after}");
        }
    }

    /// What may not be shown.
    pub fn mask(&self) -> &Mask {
        &self.mask
    }

    /// The beginning of a line as it may be shown, with at most so many characters.
    pub fn shown(&self, line: &[u8], longest: usize) -> String {
        // A secret that is cut would not be found.
        let enough = longest * 4 + self.mask.longest();
        let line = legible(line, enough);
        let hidden = self.mask.hide_bytes(&line);
        let doubtful = if line.len() == enough { self.mask.longest() } else { 0 };
        String::from_utf8_lossy(&hidden[..hidden.len().saturating_sub(doubtful)])
            .trim_end()
            .chars()
            .take(longest)
            .collect()
    }

    /// Records what a person would look up, before anything is ended.
    pub fn diagnose(&self) {
        self.emit(Event::Diagnosed(self.lookout.end(&self.id, &self.subject)));
    }

    /// A command is about to be ended: what keeps it from going on is looked up before.
    pub fn stalled(&self, end: End) {
        if matches!(end, End::Deadline | End::NoProgress) {
            self.diagnose();
        }
    }

    /// Begins to look up what [`Step::diagnose`] records, because its time is almost over.
    pub fn foresee(&self) {
        self.lookout.begin(&self.id, &self.subject);
    }

    /// Writes one line to its log.
    pub fn log(&self, text: &str) {
        let text = self.mask.hide(text);
        self.stream(text.as_bytes());
        self.log.line(&text);
    }

    /// Writes what a command printed to its log; its secrets are hidden already.
    pub fn log_output(&self, stream: Stream, masked: &[u8]) {
        self.stream(masked);
        self.log.output(stream, masked);
    }

    /// Ends the last line of its log, if it has not ended.
    pub fn log_end_of_line(&self) {
        self.log.end_line();
    }

    fn stream(&self, text: &[u8]) {
        if screen::shows_output() && self.log.is_kept() {
            screen::stream(&self.id, &String::from_utf8_lossy(text));
        }
    }

    /// Whether all that it said is in its log: what cannot be looked up proves nothing.
    ///
    /// # Errors
    /// Some of it could not be written.
    pub fn is_logged(&self) -> Result<(), Cause> {
        let Some(reason) = self.log.lost() else { return Ok(()) };
        let log = self.subject.run_folder.join(log_of(&self.id));
        let summary = format!("{log} cannot be written: {reason}");
        let next = "name another folder with --artifacts";
        Err(Cause::new(Code::PrerequisiteMissing, summary, next))
    }

    /// Reports a failed attempt of a wait.
    pub fn attempt<E: ToString>(&self, attempt: &Attempt<E>) {
        let (number, reason) = (attempt.number, attempt.reason.to_string());
        self.last_seen(&reason);
        self.log(&format!("attempt {number} at {:.3} s: {reason}", attempt.at.as_secs_f64()));
        let (step, at_ms) = (self.id.clone(), attempt.at.as_millis() as u64);
        self.emit(Event::Attempt { step, number, at_ms, reason });
    }

    /// How long its commands may make no progress.
    pub fn heartbeat(&self) -> Option<Duration> {
        self.heartbeat
    }

    /// The command that shows the log of this name in the run folder.
    pub fn read_log(&self, name: &str) -> String {
        RunFolder::open(&self.subject.run_folder).read_log(&format!("{name}.log"))
    }

    /// The command that shows the transcript of a stage.
    pub fn read_transcript(&self, stage: &str) -> String {
        let name = format!("codex-transcripts/{stage}.jsonl");
        RunFolder::open(&self.subject.run_folder).read_file(&name)
    }

    /// The cause of a step that ran out of time.
    pub fn late(&self, what: &str) -> Cause {
        let summary = format!("{what} took longer than the deadline of {:?}", self.budget());
        Cause::new(Code::Deadline, summary, self.read_log(&self.id))
    }

    /// The cause of a step that was told to stop.
    pub fn interrupted(&self) -> Cause {
        Cause::new(Code::Interrupted, format!("{} was interrupted", self.id), "run it again")
    }
}
