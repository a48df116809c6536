//! The output of a running command: into the step's log, and looked at for progress.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::iter;
use std::time::Instant;

use memchr::{memmem, memrchr};
use smoke_core::command::Progress;
use smoke_core::novelty::Novelty;
use smoke_core::output::{Blocks, Stream, lines};
use smoke_core::text::legible::said;
use smoke_record::first_error::FirstError;
use smoke_record::mask::MaskedStream;
use smoke_record::verdict::LINES_SHOWN;

use crate::step::Step;

/// The output of a command. It is taken in blocks of many lines: a command may print faster than it
/// would be looked at line by line.
pub struct Output<'a> {
    step: &'a Step,
    stdout: Pipe,
    stderr: Pipe,
    kept: Kept,
}

/// One of its streams.
struct Pipe {
    stream: Stream,
    blocks: Blocks,
    masked: MaskedStream,
}

/// What is kept of all that it printed.
#[derive(Default)]
struct Kept {
    novelty: Novelty,
    first_error: FirstError,
    /// The last lines.
    tail: VecDeque<String>,
    /// Whether the last that it said was nothing new.
    repeats: bool,
}

/// What a command printed, as far as it is kept.
#[derive(Debug)]
pub struct Printed {
    /// The last lines.
    pub last: Vec<String>,
    /// The lines that tell why it failed, if it did: the first error and the end, as far as the two are apart.
    pub failure: Vec<String>,
    /// Whether the last that it said was nothing new.
    pub repeats: bool,
}

impl<'a> Output<'a> {
    /// The output of a command of `step`.
    pub fn new(step: &'a Step) -> Self {
        let pipe = |stream| Pipe {
            stream,
            blocks: Blocks::default(),
            masked: MaskedStream::new(step.mask().clone()),
        };
        let kept = Kept::default();
        Self { step, stdout: pipe(Stream::Stdout), stderr: pipe(Stream::Stderr), kept }
    }

    /// Takes in what was printed, and says whether anything moved.
    pub fn take(&mut self, stream: Stream, bytes: &[u8]) -> Progress {
        let Self { step, stdout, stderr, kept } = self;
        let Pipe { blocks, masked, .. } = match stream {
            Stream::Stdout => stdout,
            Stream::Stderr => stderr,
        };
        let (mut moved, mut some) = (false, false);
        blocks.push(bytes, &mut |block| {
            step.log_output(stream, &masked.push(&without_returns(block)));
            moved |= kept.take(block, step);
            some = true;
        });
        // A line that is written in pieces, or over itself, says what it says so far.
        if !some {
            moved = kept.novelty.moves(blocks.unfinished(), Instant::now());
        }
        kept.repeats = !moved;
        if moved { Progress::Made } else { Progress::None }
    }

    /// Ends both streams: what is left without a line ending is a line too.
    pub fn finish(&mut self) {
        let Self { step, stdout, stderr, kept } = self;
        for Pipe { stream, blocks, masked } in [stdout, stderr] {
            blocks.finish(&mut |block| {
                step.log_output(*stream, &masked.push(block));
                kept.take(block, step);
            });
            step.log_output(*stream, &masked.finish());
        }
        step.log_end_of_line();
    }

    /// What is kept of it.
    pub fn printed(self) -> Printed {
        let last: Vec<String> = self.kept.tail.into();
        let Kept { first_error, repeats, .. } = self.kept;
        Printed { failure: first_error.and_last(last.clone()), last, repeats }
    }
}

impl Kept {
    /// The longest of these, in characters.
    const LONGEST: usize = 300;

    /// Takes a block in; true if any of its lines says something new.
    fn take(&mut self, block: &[u8], step: &Step) -> bool {
        let shown = |line: &[u8]| step.shown(line, Self::LONGEST);
        self.first_error.take(block, shown);
        let first = self.tail.len();
        let mut last: Vec<String> = said(last_first(block), shown).take(LINES_SHOWN).collect();
        if let Some(line) = last.first() {
            step.last_seen(line);
        }
        self.tail.drain(..(first + last.len()).saturating_sub(LINES_SHOWN));
        self.tail.extend(last.drain(..).rev());
        self.novelty.moves(block, Instant::now())
    }
}

/// The lines of a block, the last one first; a blank one may be among them that is none.
fn last_first(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(block);
    iter::from_fn(move || {
        let whole = rest?;
        let end = memrchr(b'\n', whole);
        rest = end.map(|end| &whole[..end]);
        Some(&whole[end.map_or(0, |end| end + 1)..])
    })
}

/// A block whose lines all end in a line feed alone.
fn without_returns(block: &[u8]) -> Cow<'_, [u8]> {
    if memmem::find(block, b"\r\n").is_none() {
        return block.into();
    }
    let mut plain = Vec::with_capacity(block.len());
    for line in lines(block) {
        plain.extend_from_slice(line);
        plain.push(b'\n');
    }
    plain.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_comes_first() {
        let lines = |block: &'static str| {
            last_first(block.as_bytes())
                .map(|line| str::from_utf8(line).unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(lines("a\n\nb\n"), ["", "b", "", "a"]);
        assert_eq!((lines("a piece"), lines("")), (vec!["a piece"], vec![""]));
    }

    #[test]
    fn returns_before_line_feeds_go() {
        assert_eq!(&*without_returns(b"a\r\nb\rc\n"), b"a\nb\rc\n");
        assert!(matches!(without_returns(b"a\rb\n"), Cow::Borrowed(b"a\rb\n")));
    }
}
