//! One session of codex: its events go to the transcript as they arrive, its complaints to a log.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};

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
    transcript: &'a mut Transcript,
    items_before: usize,
    events_before: usize,
    line: Vec<u8>,
    too_long: bool,
    stderr: Lines,
    log: Option<MaskedLines<File>>,
    complaints: VecDeque<String>,
}

/// What is known of a session that is over, besides its transcript.
#[derive(Debug)]
pub struct Ended {
    /// Why it is over.
    pub end: End,
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
    /// The longest line that is looked at.
    const LONGEST: usize = 32 * 1024 * 1024;
    /// The most lines of stderr that are kept, besides those in the log.
    const KEPT: usize = 40;

    /// A session that writes to `out` and adds to `transcript`.
    pub fn new(
        context: &Context,
        stage: &StageSpec,
        step: &'a Step,
        out: &'a mut dyn Write,
        transcript: &'a mut Transcript,
    ) -> Self {
        let log = context.folder.append(&format!("logs/codex-{}.log", stage.name)).ok();
        Self {
            step,
            out,
            unwritten: None,
            items_before: transcript.progress_items(),
            events_before: transcript.events,
            transcript,
            line: Vec::new(),
            too_long: false,
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
        let before = self.transcript.progress_items();
        match stream {
            Stream::Stdout => self.take_stdout(bytes),
            Stream::Stderr => {
                let mut lines = Vec::new();
                self.stderr.push(bytes, &mut |line| lines.push(line.to_owned()));
                lines.iter().for_each(|line| self.complain(line));
            }
        }
        let moved = self.transcript.progress_items() > before;
        if moved { Progress::Made } else { Progress::None }
    }

    /// Ends it: what is left without a line ending is a line too.
    ///
    /// # Errors
    /// The transcript could not be written.
    pub fn finish(mut self, outcome: Outcome) -> Result<Ended, Cause> {
        if !self.line.is_empty() || self.too_long {
            self.take_line();
            self.write(b"\n");
        }
        let mut last = Vec::new();
        self.stderr.finish(&mut |line| last.push(line.to_owned()));
        last.iter().for_each(|line| self.complain(line));
        if let Some(error) = self.unwritten {
            return Err(cannot_write(&error));
        }
        let status = in_words(&outcome);
        self.step.log(&format!("{status} after {:.3} s", outcome.elapsed.as_secs_f64()));
        Ok(Ended {
            end: outcome.end,
            code: outcome.status.and_then(|status| status.code()),
            status,
            complaints: telling(self.complaints.into()),
            spoke: self.transcript.events > self.events_before,
        })
    }

    fn take_stdout(&mut self, mut bytes: &[u8]) {
        self.write(bytes);
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            self.keep(&bytes[..end]);
            self.take_line();
            bytes = &bytes[end + 1..];
        }
        self.keep(bytes);
    }

    fn write(&mut self, bytes: &[u8]) {
        let written = self.out.write_all(bytes).and_then(|()| self.out.flush());
        if let Err(error) = written {
            self.unwritten.get_or_insert(error);
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = Self::LONGEST.saturating_sub(self.line.len());
        self.too_long |= bytes.len() > room;
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn take_line(&mut self) {
        let calls = self.transcript.calls.len();
        // Of a line that was cut off nothing can be read; the transcript on the disk has it whole.
        if !self.too_long {
            self.transcript.take_line(&self.line);
        }
        (self.line, self.too_long) = (Vec::new(), false);
        if let Some(call) = self.transcript.calls.get(calls) {
            self.step.last_seen(&format!("calls {}/{}", call.server, call.tool));
        } else if let Some(error) = &self.transcript.last_error
            && self.transcript.progress_items() == self.items_before
        {
            self.step.last_seen(error);
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
