//! What a child prints: which stream it came on, and lines out of chunks.

use std::fmt;

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

/// Cuts chunks into lines. A line longer than [`Lines::LONGEST`] comes in pieces, so that a child
/// that never ends its line costs no memory; invalid UTF-8 is replaced.
#[derive(Debug, Default)]
pub struct Lines {
    partial: Vec<u8>,
}

impl Lines {
    /// The longest piece in bytes.
    pub const LONGEST: usize = 64 * 1024;

    /// Feeds a chunk; `on_line` gets every line that it completes, without its line ending.
    pub fn push(&mut self, mut chunk: &[u8], on_line: &mut dyn FnMut(&str)) {
        while let Some(end) = chunk.iter().position(|byte| *byte == b'\n') {
            self.extend(&chunk[..end], on_line);
            self.flush(on_line);
            chunk = &chunk[end + 1..];
        }
        self.extend(chunk, on_line);
    }

    /// Ends the stream: what is left without a line ending is a line too.
    pub fn finish(&mut self, on_line: &mut dyn FnMut(&str)) {
        if !self.partial.is_empty() {
            self.flush(on_line);
        }
    }

    /// The line that has not ended yet, from its last carriage return on.
    pub fn unfinished(&self) -> String {
        let line = self.partial.strip_suffix(b"\r").unwrap_or(&self.partial);
        let start = line.iter().rposition(|byte| *byte == b'\r').map_or(0, |at| at + 1);
        String::from_utf8_lossy(&line[start..]).into_owned()
    }

    fn extend(&mut self, mut bytes: &[u8], on_line: &mut dyn FnMut(&str)) {
        while self.partial.len() + bytes.len() > Self::LONGEST {
            let (now, later) = bytes.split_at(Self::LONGEST - self.partial.len());
            self.partial.extend_from_slice(now);
            self.flush(on_line);
            bytes = later;
        }
        self.partial.extend_from_slice(bytes);
    }

    fn flush(&mut self, on_line: &mut dyn FnMut(&str)) {
        let line = self.partial.strip_suffix(b"\r").unwrap_or(&self.partial);
        on_line(&String::from_utf8_lossy(line));
        self.partial.clear();
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
        let mut lines = Lines::default();
        lines.push(b"done\n10%\r20%\r", &mut |_| ());
        assert_eq!(lines.unfinished(), "20%");
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
            let _ = whole.iter().filter(|line| novelty.is_new(line)).count();
            assert!(whole.iter().all(|line| line.len() <= 3 * Lines::LONGEST));
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
        assert_eq!((longest, all), (Lines::LONGEST, 1600 * 64 * 1024));
        assert!(splitter.partial.capacity() <= 2 * Lines::LONGEST);
    }

    #[test]
    fn cuts_endless_lines_into_pieces() {
        let long = vec![b'x'; Lines::LONGEST * 2 + 5];
        let pieces = lines(&[&long, b"\n"]);
        assert_eq!(pieces.iter().map(String::len).collect::<Vec<_>>(), [65536, 65536, 5]);
    }
}
