//! One session of an agent: its events go to the transcript as they arrive, its complaints to a log.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};

use smoke_agents::recipe::Recipe;
use smoke_agents::stream::Reader;
use smoke_agents::transcript::{Status, Transcript};
use smoke_core::cause::{Cause, Code};
use smoke_core::command::{End, Limits, Outcome, Progress};
use smoke_core::output::{Lines, Stream};
use smoke_core::text::legible::cut;
use smoke_record::mask::MaskedLines;
use smoke_record::profile::StageSpec;

use crate::context::Context;
use crate::step::{Step, in_words};

/// A session that runs.
pub struct Session<'a> {
    step: &'a Step,
    out: &'a mut dyn Write,
    unwritten: Option<io::Error>,
    reader: &'a mut Reader,
    progress_before: usize,
    events_before: usize,
    is_in_line: bool,
    stderr: Lines,
    log: Option<MaskedLines<File>>,
    complaints: VecDeque<String>,
}

/// What is known of a session that is over, besides its transcript.
#[derive(Debug)]
pub struct SessionEnd {
    /// Why it is over.
    pub why: End,
    /// What it exited with; none after a signal.
    pub code: Option<i32>,
    /// How it ended, in words.
    pub status: String,
    /// The last lines on stderr, the most telling ones if there are such.
    pub complaints: Vec<String>,
    /// Whether it said anything at all.
    pub spoke: bool,
}

impl<'a> Session<'a> {
    /// The most lines of stderr that are kept, besides those in the log.
    const KEPT: usize = 40;

    /// A session that writes to `out` and is read by `reader`.
    pub fn new(
        context: &Context,
        (recipe, stage): (&Recipe, &StageSpec),
        step: &'a Step,
        out: &'a mut dyn Write,
        reader: &'a mut Reader,
    ) -> Self {
        let log = context.folder.append(&log_of(recipe, stage)).ok();
        Self {
            step,
            out,
            unwritten: None,
            progress_before: reader.transcript().progress(),
            events_before: reader.transcript().events,
            reader,
            is_in_line: false,
            stderr: Lines::default(),
            log: log.map(|log| MaskedLines::new(log, context.mask.clone())),
            complaints: VecDeque::new(),
        }
    }

    /// How long it may take, and how long it may go without a new item.
    pub fn limits(&self) -> Limits {
        Limits { progress: self.step.heartbeat(), ..Limits::within(self.step.left()) }
    }

    /// Takes in what it printed, and says whether anything moved.
    pub fn take(&mut self, stream: Stream, bytes: &[u8]) -> Progress {
        let before = self.reader.transcript().progress();
        match stream {
            Stream::Stdout => self.take_stdout(bytes),
            Stream::Stderr => {
                let mut lines = Vec::new();
                self.stderr.push(bytes, &mut |line| lines.push(line.to_owned()));
                lines.iter().for_each(|line| self.complain(line));
            }
        }
        let moved = self.reader.transcript().progress() > before;
        if moved { Progress::Made } else { Progress::None }
    }

    /// Ends it: what is left without a line ending is a line too.
    ///
    /// # Errors
    /// The transcript could not be written.
    pub fn finish(mut self, outcome: Outcome) -> Result<SessionEnd, Cause> {
        if self.is_in_line {
            self.take_stdout(b"\n");
        }
        let mut last = Vec::new();
        self.stderr.finish(&mut |line| last.push(line.to_owned()));
        last.iter().for_each(|line| self.complain(line));
        if let Some(error) = self.unwritten {
            return Err(cannot_write(&error));
        }
        let status = in_words(&outcome);
        self.step.log(&format!("{status} after {:.3} s", outcome.elapsed.as_secs_f64()));
        Ok(SessionEnd {
            why: outcome.end,
            code: outcome.status.and_then(|status| status.code()),
            status,
            complaints: telling(self.complaints.into()),
            spoke: self.reader.transcript().events > self.events_before,
        })
    }

    fn take_stdout(&mut self, bytes: &[u8]) {
        let calls = self.reader.transcript().calls.len();
        self.write(bytes);
        self.reader.push(bytes);
        self.is_in_line = bytes.last().is_some_and(|last| *last != b'\n');
        let transcript = self.reader.transcript();
        if let Some(call) = transcript.calls.last().filter(|_| transcript.calls.len() > calls) {
            self.step.last_seen(&format!("calls {}/{}", call.server, call.tool));
        } else if let Some(error) = &transcript.last_error
            && transcript.progress() == self.progress_before
        {
            self.step.last_seen(error);
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        let written = self.out.write_all(bytes).and_then(|()| self.out.flush());
        if let Err(error) = written {
            self.unwritten.get_or_insert(error);
        }
    }

    fn complain(&mut self, line: &str) {
        if let Some(log) = &mut self.log {
            // A full disk is noticed by the recorder, which says so once.
            let _ = writeln!(log, "{line}");
        }
        if self.complaints.len() == Self::KEPT {
            self.complaints.pop_front();
        }
        if !line.trim().is_empty() {
            self.complaints.push_back(cut(line, 500));
        }
    }
}

/// The log of what it says on stderr, in the run folder.
pub fn log_of(recipe: &Recipe, stage: &StageSpec) -> String {
    format!("logs/{}-{}.log", recipe.agent.name, stage.name)
}

/// The calls of `transcript` that have begun and not ended.
pub fn open_call(transcript: &Transcript) -> Option<&str> {
    let mut calls = transcript.calls.iter().rev();
    calls.find(|call| call.status == Status::InProgress).map(|call| call.tool.as_str())
}

/// The lines that speak of something that went wrong, or the last ones if none does.
fn telling(lines: Vec<String>) -> Vec<String> {
    const MOST: usize = 6;
    let bad = |line: &String| {
        let line = line.to_lowercase();
        ["error", "unsupported", "fail", "panic", "cannot"].iter().any(|word| line.contains(word))
    };
    let told: Vec<String> = lines.iter().filter(|line| bad(line)).cloned().collect();
    let mut kept = if told.is_empty() { lines } else { told };
    kept.drain(..kept.len().saturating_sub(MOST));
    kept
}

fn cannot_write(error: &io::Error) -> Cause {
    let code =
        if error.kind() == io::ErrorKind::StorageFull { Code::DiskFull } else { Code::Internal };
    Cause::new(code, format!("cannot write the transcript: {error}"), "free some space")
}
