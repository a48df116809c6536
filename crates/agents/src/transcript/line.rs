//! Lines of bounded length from a stream of any length.

use std::io::{self, BufRead, Read};

/// What the next line is.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// The buffer holds the whole line, without its line feed.
    Whole,
    /// The line has more bytes than the limit; the buffer holds its beginning.
    TooLong,
    /// There are no more lines.
    End,
}

/// Reads a line of at most `limit` bytes into `buffer`; the rest of a longer one is passed over.
///
/// # Errors
/// Those of the reader.
pub fn next_line(
    reader: &mut impl BufRead,
    buffer: &mut Vec<u8>,
    limit: usize,
) -> io::Result<Line> {
    buffer.clear();
    if reader.by_ref().take(limit as u64 + 1).read_until(b'\n', buffer)? == 0 {
        return Ok(Line::End);
    }
    if buffer.last() == Some(&b'\n') {
        buffer.pop();
        return Ok(Line::Whole);
    }
    if buffer.len() <= limit {
        return Ok(Line::Whole);
    }
    reader.skip_until(b'\n')?;
    Ok(Line::TooLong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_passed_over() {
        let mut reader = io::BufReader::with_capacity(3, &b"12345\n123456\n\n1234567"[..]);
        let mut buffer = Vec::new();
        let expected = [Line::Whole, Line::TooLong, Line::Whole, Line::TooLong, Line::End];
        for line in expected {
            assert_eq!(next_line(&mut reader, &mut buffer, 5).unwrap(), line);
            assert!(buffer.len() <= 6);
        }
    }
}
