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
    fn cuts_endless_lines_into_pieces() {
        let long = vec![b'x'; Lines::LONGEST * 2 + 5];
        let pieces = lines(&[&long, b"\n"]);
        assert_eq!(pieces.iter().map(String::len).collect::<Vec<_>>(), [65536, 65536, 5]);
    }
}
