//! What a child prints: which stream it came on, and lines out of chunks.

use std::fmt;

use memchr::{memchr, memchr_iter, memrchr};

/// One of a child's two output streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        })
    }
}

/// Cuts chunks into blocks of whole lines, so that whoever takes them works on many lines at once
/// and nothing is copied but the lines that arrive in pieces.
#[derive(Debug, Default)]
pub struct Blocks {
    partial: Vec<u8>,
}

impl Blocks {
    /// How much of a line that does not end is held back, in bytes.
    pub const LONGEST: usize = 64 * 1024;

    /// Feeds a chunk. `on_block` gets whole lines, each with its line feed, or a piece of a line
    /// that is longer than [`Blocks::LONGEST`], without one.
    pub fn push(&mut self, mut chunk: &[u8], on_block: &mut dyn FnMut(&[u8])) {
        if !self.partial.is_empty()
            && let Some(end) = memchr(b'\n', chunk)
        {
            self.extend(&chunk[..end], on_block);
            self.partial.push(b'\n');
            on_block(&self.partial);
            self.partial.clear();
            chunk = &chunk[end + 1..];
        }
        let whole = memrchr(b'\n', chunk).map_or(0, |last| last + 1);
        if whole > 0 {
            on_block(&chunk[..whole]);
        }
        self.extend(&chunk[whole..], on_block);
    }

    /// Ends the stream: what is left without a line ending is a block too.
    pub fn finish(&mut self, on_block: &mut dyn FnMut(&[u8])) {
        if !self.partial.is_empty() {
            on_block(&self.partial);
            self.partial.clear();
        }
    }

    /// The line that has not ended yet, from its last carriage return on.
    pub fn unfinished(&self) -> &[u8] {
        let line = self.partial.strip_suffix(b"\r").unwrap_or(&self.partial);
        &line[memrchr(b'\r', line).map_or(0, |at| at + 1)..]
    }

    fn extend(&mut self, mut bytes: &[u8], on_block: &mut dyn FnMut(&[u8])) {
        while self.partial.len() + bytes.len() > Self::LONGEST {
            let (now, later) = bytes.split_at(Self::LONGEST - self.partial.len());
            self.partial.extend_from_slice(now);
            on_block(&self.partial);
            self.partial.clear();
            bytes = later;
        }
        self.partial.extend_from_slice(bytes);
    }
}

/// The lines of a block, without their line endings.
pub fn lines(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = memchr_iter(b'\n', block).chain((!block.ends_with(b"\n")).then_some(block.len()));
    let mut start = 0;
    ends.map(move |end| {
        let line = &block[start..end];
        start = end + 1;
        line.strip_suffix(b"\r").unwrap_or(line)
    })
}

/// Cuts chunks into lines. A line longer than [`Blocks::LONGEST`] comes in pieces, so that a child
/// that never ends its line costs no memory; invalid UTF-8 is replaced.
#[derive(Debug, Default)]
pub struct Lines {
    blocks: Blocks,
}

impl Lines {
    /// Feeds a chunk; `on_line` gets every line that it completes, without its line ending.
    pub fn push(&mut self, chunk: &[u8], on_line: &mut dyn FnMut(&str)) {
        self.blocks.push(chunk, &mut |block| each(block, on_line));
    }

    /// Ends the stream: what is left without a line ending is a line too.
    pub fn finish(&mut self, on_line: &mut dyn FnMut(&str)) {
        self.blocks.finish(&mut |block| each(block, on_line));
    }
}

fn each(block: &[u8], on_line: &mut dyn FnMut(&str)) {
    for line in lines(block) {
        let mut pieces = line.chunks(Blocks::LONGEST);
        on_line(&pieces.next().map(String::from_utf8_lossy).unwrap_or_default());
        pieces.for_each(|piece| on_line(&String::from_utf8_lossy(piece)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<String> {
        let (mut splitter, mut found) = (Lines::default(), Vec::new());
        for chunk in chunks {
            splitter.push(chunk, &mut |line| found.push(line.to_owned()));
        }
        splitter.finish(&mut |line| found.push(line.to_owned()));
        found
    }

    #[test]
    fn joins_lines_over_chunks() {
        assert_eq!(lines(&[b"a", b"b\r\nc\n\nd"]), ["ab", "c", "", "d"]);
    }

    #[test]
    fn shows_the_line_that_has_not_ended() {
        let mut blocks = Blocks::default();
        blocks.push(b"done\n10%\r20%\r", &mut |_| ());
        assert_eq!(blocks.unfinished(), b"20%");
    }

    #[test]
    fn blocks_are_whole_lines_and_lose_nothing() {
        let mut blocks = Blocks::default();
        let mut found: Vec<Vec<u8>> = Vec::new();
        let long = [b"x".repeat(Blocks::LONGEST), b"y\nrest".to_vec()].concat();
        for chunk in [&b"a\nb"[..], b"c\nd\ne\n", &long] {
            blocks.push(chunk, &mut |block| found.push(block.to_vec()));
        }
        let shown = |block: &Vec<u8>| String::from_utf8_lossy(block).replace('x', "");
        let shown: Vec<_> = found.iter().map(shown).collect();
        assert_eq!(shown, ["a\n", "bc\n", "d\ne\n", "y\n"]);
        assert_eq!(blocks.unfinished(), b"rest");
    }

    #[test]
    fn holds_against_whatever_a_child_prints_in_whatever_pieces() {
        let samples: [&[u8]; 3] =
            [b"one\r\ntwo\n\nthree", b"10%\r20%\r\x1b[2K30%\n", b"caf\xc3\xa9 3/17\n"];
        crate::fuzz::hold(&samples, |bytes| {
            let whole = lines(&[bytes]);
            let pieces: Vec<&[u8]> = bytes.chunks(7).collect();
            assert_eq!(whole, lines(&pieces));
            let mut novelty = crate::novelty::Novelty::default();
            let _ = whole.iter().filter(|line| novelty.is_new(line.as_bytes())).count();
            assert!(whole.iter().all(|line| line.len() <= 3 * Blocks::LONGEST));
        });
    }

    #[test]
    fn a_line_of_100_mib_costs_no_memory() {
        let (mut splitter, mut longest, mut all) = (Lines::default(), 0, 0);
        let chunk = vec![b'x'; 64 * 1024];
        for _ in 0..1600 {
            splitter.push(&chunk, &mut |line| {
                longest = longest.max(line.len());
                all += line.len();
            });
        }
        splitter.finish(&mut |line| all += line.len());
        assert_eq!((longest, all), (Blocks::LONGEST, 1600 * 64 * 1024));
        assert!(splitter.blocks.partial.capacity() <= 2 * Blocks::LONGEST);
    }

    #[test]
    fn cuts_endless_lines_into_pieces() {
        let long = vec![b'x'; Blocks::LONGEST * 2 + 5];
        let pieces = lines(&[&long, b"\n"]);
        assert_eq!(pieces.iter().map(String::len).collect::<Vec<_>>(), [65536, 65536, 5]);
    }
}
