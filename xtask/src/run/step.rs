//! What a step works with: its clocks, its log, and the way to say what happens.

use std::fs::File;
use std::io::Write;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use camino::Utf8Path;
use smoke_core::command::{self, Command, End, Limits, Observer, Progress};
use smoke_core::environment::{Environment, Origin};
use smoke_core::novelty::Novelty;
use smoke_core::output::{Lines, Stream};
use smoke_core::process::{self, Process};
use smoke_core::stop::Stop;
use smoke_core::wait::{self, Attempt};

use super::event::Event;
use super::mask::Mask;
use super::record::Leak;
use crate::cause::{Cause, Code};
use crate::diagnosis::{self, Subject};

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

/// The variable that tells which step a process was started by.
const STEP: &str = "SMOKE_STEP";

/// A running step.
pub struct Step {
    id: String,
    start: Instant,
    budget: Duration,
    heartbeat: Option<Duration>,
    stop: Stop,
    log: Mutex<Option<File>>,
    mask: Mask,
    subject: Subject,
    pulse: Pulse,
    bus: Sender<Message>,
}

/// The last that a step said, for whoever asks what it is doing.
pub type Pulse = Arc<Mutex<String>>;

/// What a step says while it runs, and at its end.
pub enum Message {
    /// Something happened.
    Event(Instant, Event),
    /// The step with this id is over.
    Over(Instant, String, Result<Done, Cause>),
}

/// What a step is made of.
pub struct Parts {
    /// Its id.
    pub id: String,
    /// How long it may take.
    pub budget: Duration,
    /// How long a command of it may be silent.
    pub heartbeat: Option<Duration>,
    /// The wish to stop.
    pub stop: Stop,
    /// Its log.
    pub log: Option<File>,
    /// What its log may not show.
    pub mask: Mask,
    /// What to look at when it stalls.
    pub subject: Subject,
    /// The last that it said.
    pub pulse: Pulse,
    /// Where its messages go.
    pub bus: Sender<Message>,
}

impl Step {
    /// A step that starts now.
    pub fn new(parts: Parts) -> Self {
        let Parts { id, budget, heartbeat, stop, log, mask, subject, pulse, bus } = parts;
        let (start, log) = (Instant::now(), Mutex::new(log));
        Self { id, start, budget, heartbeat, stop, log, mask, subject, pulse, bus }
    }

    /// The wish to stop.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// The time until its deadline.
    pub fn left(&self) -> Duration {
        self.budget.saturating_sub(self.start.elapsed())
    }

    /// How long it may take.
    pub fn budget(&self) -> Duration {
        self.budget
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

    /// Remembers the last that it said.
    fn last_seen(&self, line: &str) {
        if let Ok(mut last) = self.pulse.lock() {
            last.clear();
            last.extend(self.mask.hide(line).chars().take(100));
        }
    }

    /// Records what a person would look up, before anything is ended.
    pub fn diagnose(&self) {
        self.emit(Event::Diagnosed(diagnosis::take(&self.id, &self.subject)));
    }

    /// Writes one line to its log.
    pub fn log(&self, text: &str) {
        if let Ok(mut log) = self.log.lock()
            && let Some(file) = log.as_mut()
        {
            // A full disk is noticed by the recorder, which says so once.
            let _ = writeln!(file, "{}", self.mask.hide(text));
        }
    }

    /// Reports a failed attempt of a wait.
    pub fn attempt<E: ToString>(&self, attempt: &Attempt<E>) {
        let (number, reason) = (attempt.number, attempt.reason.to_string());
        self.last_seen(&reason);
        self.log(&format!("attempt {number} at {:.3} s: {reason}", attempt.at.as_secs_f64()));
        let (step, at_ms) = (self.id.clone(), attempt.at.as_millis() as u64);
        self.emit(Event::Attempt { step, number, at_ms, reason });
    }

    /// Runs a command to its end within what is left of the deadline. Its output goes to the log;
    /// the last lines of it are returned, with whether it exited with status 0.
    ///
    /// # Errors
    /// It cannot be started, took too long, was silent for too long, or was told to stop.
    pub fn run(
        &self,
        argv: &[String],
        cwd: &Utf8Path,
        environment: &Environment,
    ) -> Result<Ran, Cause> {
        let limits = Limits { progress: self.heartbeat, ..Limits::within(self.left()) };
        let (argv_owned, cwd) = (argv.to_vec(), cwd.to_owned());
        let mut environment = environment.clone();
        environment.set(STEP, &self.id, Origin::Run);
        let command = Command { argv: argv_owned, cwd, environment, limits };
        self.log(&format!("$ {}", argv.join(" ")));
        let mut output = Output::new(self);
        let outcome = command::run(&command, &self.stop, &mut output);
        let outcome = outcome.map_err(|error| cannot_start(argv, &error))?;
        output.finish();
        self.report_leaks(&outcome);
        let status = outcome.status.map_or_else(|| "it lives on".to_owned(), |s| s.to_string());
        self.log(&format!("{status} after {:.3} s", outcome.elapsed.as_secs_f64()));
        let ran = Ran { success: outcome.success(), status, tail: output.tail };
        match outcome.end {
            End::Exited => Ok(ran),
            end => Err(self.ended(end, argv, ran.tail)),
        }
    }

    /// Runs a command that must succeed; if it does not, that is the cause with `code`.
    ///
    /// # Errors
    /// As [`Step::run`], and when it exits with another status than 0.
    pub fn check(
        &self,
        argv: &[String],
        cwd: &Utf8Path,
        environment: &Environment,
        code: Code,
    ) -> Result<Ran, Cause> {
        let ran = self.run(argv, cwd, environment)?;
        if ran.success {
            return Ok(ran);
        }
        let summary = format!("`{}` failed ({})", shown(argv), ran.status);
        Err(Cause::new(code, summary, self.read_log(&self.id)).evidence(ran.tail))
    }

    /// The command that shows the log of this name in the run folder.
    pub fn read_log(&self, name: &str) -> String {
        format!("less {}", self.subject.run_folder.join(format!("logs/{name}.log")))
    }

    /// The cause of a step that ran out of time.
    pub fn late(&self, what: &str) -> Cause {
        let summary = format!("{what} took longer than the deadline of {:?}", self.budget);
        Cause::new(Code::Deadline, summary, self.read_log(&self.id))
    }

    /// The cause of a step that was told to stop.
    pub fn interrupted(&self) -> Cause {
        Cause::new(Code::Interrupted, format!("{} was interrupted", self.id), "run it again")
    }

    fn ended(&self, end: End, argv: &[String], tail: Vec<String>) -> Cause {
        let what = format!("`{}`", shown(argv));
        let cause = match end {
            End::Stopped => self.interrupted(),
            End::NoProgress => {
                let silent = self.heartbeat.unwrap_or_default();
                let summary = format!("{what} printed nothing for {silent:?}");
                Cause::new(Code::NoProgress, summary, self.read_log(&self.id))
            }
            End::Deadline | End::Exited => self.late(&what),
        };
        cause.evidence(tail)
    }

    fn report_leaks(&self, outcome: &command::Outcome) {
        let group = outcome.left_behind.iter().map(|process| (process, "group".to_owned()));
        let held = outcome.holders.iter().map(|(process, stream)| (process, stream.to_string()));
        let mut leaks: Vec<(Process, String)> =
            group.chain(held).map(|(process, holds)| (process.clone(), holds)).collect();
        for process in self.living() {
            if !leaks.iter().any(|(known, _)| known.is(&process)) {
                leaks.push((process, "nothing".to_owned()));
            }
        }
        for (process, holds) in leaks {
            let (pid, argv, step) = (process.pid, process.argv, self.id.clone());
            self.emit(Event::LeakFound(Leak { pid, argv, step, holds }));
        }
    }

    /// What a command of this step started and left running, in whatever session it is by now.
    fn living(&self) -> Vec<Process> {
        let mut found = process::carrying("SMOKE_RUN_ID", &self.subject.run);
        found.retain(|process| has(process, STEP, &self.id));
        found.extend(self.strangers());
        found
    }

    /// Orphans that this process adopted and that do not carry the run's id: they cleared their
    /// environment. One that another step is starting just now looks the same for a moment, and
    /// so a second look decides.
    fn strangers(&self) -> Vec<Process> {
        const MOMENT: Duration = Duration::from_millis(30);
        let own = std::process::id() as i32;
        let Some(this) = process::find(own) else { return Vec::new() };
        let strange = |process: &Process| {
            let adopted = process.parent == own && process.pid != self.subject.guard;
            adopted && process.argv != this.argv && !has(process, "SMOKE_RUN_ID", &self.subject.run)
        };
        let first: Vec<Process> = process::descendants(own).into_iter().filter(strange).collect();
        if first.is_empty() {
            return first;
        }
        wait::sleep(MOMENT, &Stop::default());
        let again = first.into_iter().filter_map(|process| process::find(process.pid));
        again.filter(|process| process.is_live() && strange(process)).collect()
    }
}

/// Whether the process was started with `key` set to `value`.
fn has(process: &Process, key: &str, value: &str) -> bool {
    let environment = process::environment(process.pid).unwrap_or_default();
    environment.iter().any(|(known, found)| known == key && found == value)
}

/// A command that exited by itself.
#[derive(Debug)]
pub struct Ran {
    /// Whether with status 0.
    pub success: bool,
    /// Its status in words.
    pub status: String,
    /// The last lines it printed.
    pub tail: Vec<String>,
}

/// The output of a command, cut into lines; the last ones are kept.
struct Output<'a> {
    step: &'a Step,
    stdout: Lines,
    stderr: Lines,
    novelty: Novelty,
    tail: Vec<String>,
}

impl<'a> Output<'a> {
    const KEPT: usize = 12;
    const LONGEST: usize = 300;

    fn new(step: &'a Step) -> Self {
        let (stdout, stderr) = Default::default();
        Self { step, stdout, stderr, novelty: Novelty::default(), tail: Vec::new() }
    }

    fn finish(&mut self) {
        let mut last = Vec::new();
        for lines in [&mut self.stdout, &mut self.stderr] {
            lines.finish(&mut |line| last.push(line.to_owned()));
        }
        for line in last {
            self.take(&line);
        }
    }

    fn take(&mut self, line: &str) -> Progress {
        self.step.log(line);
        if line.trim().is_empty() {
            return Progress::None;
        }
        if self.tail.len() == Self::KEPT {
            self.tail.remove(0);
        }
        self.tail.push(line.chars().take(Self::LONGEST).collect());
        self.step.last_seen(line);
        if self.novelty.is_new(line) { Progress::Made } else { Progress::None }
    }
}

impl Observer for Output<'_> {
    fn output(&mut self, stream: Stream, bytes: &[u8]) -> Progress {
        let mut lines = Vec::new();
        let splitter = match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        };
        splitter.push(bytes, &mut |line| lines.push(line.to_owned()));
        let unfinished = splitter.unfinished();
        let mut progress = Progress::None;
        // A line that is written in pieces, or over itself, says what it says so far.
        if lines.is_empty() && self.novelty.is_new(&unfinished) {
            progress = Progress::Made;
        }
        for line in lines {
            if self.take(&line) == Progress::Made {
                progress = Progress::Made;
            }
        }
        progress
    }

    fn stalled(&mut self, end: End) {
        if matches!(end, End::Deadline | End::NoProgress) {
            self.step.diagnose();
        }
    }
}

fn cannot_start(argv: &[String], error: &std::io::Error) -> Cause {
    let program = argv.first().map(String::as_str).unwrap_or_default();
    let summary = format!("cannot start `{program}`: {error}");
    let next = format!("install {program}, or put it on PATH");
    Cause::new(Code::PrerequisiteMissing, summary, next)
}

/// A command line as a person would type it.
pub fn shown(argv: &[String]) -> String {
    let fine = |c: char| c.is_alphanumeric() || "_-./:=@%+,".contains(c);
    let word = |word: &String| {
        if !word.is_empty() && word.chars().all(fine) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
    };
    argv.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_a_command_as_a_shell_reads_it() {
        let argv = ["a", "b c", "it's", ""].map(str::to_owned);
        assert_eq!(shown(&argv), r"a 'b c' 'it'\''s' ''");
    }
}
