//! A writer of lines without their secrets.

use std::io::{self, Write};

use smoke_core::output::Blocks;

use super::{Mask, MaskedStream};

/// Writes lines with their secrets hidden. A line is written once it is whole, or too long to be
/// held back any longer.
pub struct MaskedLines<W: Write> {
    out: W,
    blocks: Blocks,
    masked: MaskedStream,
}

impl<W: Write> MaskedLines<W> {
    /// Hides what `mask` knows in all that is written to `out`.
    pub fn new(out: W, mask: Mask) -> Self {
        Self { out, blocks: Blocks::default(), masked: MaskedStream::new(mask) }
    }
}

impl<W: Write> Write for MaskedLines<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Self { out, blocks, masked } = self;
        let mut written = Ok(());
        blocks.push(bytes, &mut |block| {
            let text = masked.push(block);
            if written.is_ok() {
                written = out.write_all(&text);
            }
        });
        written.map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<W: Write> Drop for MaskedLines<W> {
    fn drop(&mut self) {
        let Self { out, blocks, masked } = self;
        blocks.finish(&mut |block| drop(out.write_all(&masked.push(block))));
        let _ = out.write_all(&masked.finish());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANARY: &str = "can/\"ary-6f1e";

    #[test]
    fn hides_a_secret_that_arrives_in_pieces_or_in_a_line_without_end() {
        let (mut written, mut mask) = (Vec::new(), Mask::default());
        mask.add(CANARY);
        let mut lines = MaskedLines::new(&mut written, mask);
        let long = "x".repeat(16 * Blocks::LONGEST - 3);
        let (first, second) = CANARY.split_at(5);
        for piece in ["a ", first, second, "\n", &long, first, second, "\nend ", CANARY] {
            lines.write_all(piece.as_bytes()).unwrap();
        }
        drop(lines);
        let expected = format!("a ***\n{long}***\nend ***");
        assert!(String::from_utf8(written).unwrap() == expected);
    }
}
