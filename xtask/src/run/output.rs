//! The output of a running command: into the step's log, line by line, and looked at for progress.

use smoke_core::command::{End, Observer, Progress};
use smoke_core::novelty::Novelty;
use smoke_core::output::{Lines, Stream};

use super::step::Step;

/// The output of a command, cut into lines; the last ones are kept.
pub struct Output<'a> {
    step: &'a Step,
    stdout: Lines,
    stderr: Lines,
    novelty: Novelty,
    tail: Vec<String>,
}

impl<'a> Output<'a> {
    /// As many as a verdict shows of the first failure.
    const KEPT: usize = 10;
    const LONGEST: usize = 300;

    /// The output of a command of `step`.
    pub fn new(step: &'a Step) -> Self {
        let (stdout, stderr) = Default::default();
        Self { step, stdout, stderr, novelty: Novelty::default(), tail: Vec::new() }
    }

    /// Ends both streams: what is left without a line ending is a line too.
    pub fn finish(&mut self) {
        let mut last = Vec::new();
        for lines in [&mut self.stdout, &mut self.stderr] {
            lines.finish(&mut |line| last.push(line.to_owned()));
        }
        for line in last {
            self.take(&line);
        }
    }

    /// The last lines.
    pub fn into_tail(self) -> Vec<String> {
        self.tail
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

    fn nearly(&mut self) {
        self.step.foresee();
    }

    fn stalled(&mut self, end: End) {
        if matches!(end, End::Deadline | End::NoProgress) {
            self.step.diagnose();
        }
    }
}
