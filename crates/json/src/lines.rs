//! Lines of any length, in bounded memory.

use crate::find::position;
use crate::squeeze::{Limits, Squeeze};

/// The longest line that is kept as a whole, in bytes.
const WHOLE: usize = 4 * 1024 * 1024;
/// How much is kept of a longer one. Four levels deep are the values that any agent nests in a line; what is
/// beside them is small.
const LIMITS: Limits = Limits { text: 64 * 1024, part: (4, 64 * 1024), whole: WHOLE };

/// A line without its line feed.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// Its bytes, as far as they are kept.
    pub bytes: &'a [u8],
    /// Whether some were left out: the line has the beginning of each of its texts and lists.
    pub is_cut: bool,
    /// Whether its end is missing, because it cannot be cut.
    pub is_endless: bool,
}

/// What has come of the line that is under way.
#[derive(Debug, Default)]
pub struct Lines {
    begun: Vec<u8>,
    squeeze: Option<Squeeze>,
}

impl Lines {
    /// Takes the next bytes, and hands on the lines that end in them.
    pub fn push(&mut self, mut bytes: &[u8], take: &mut dyn FnMut(Line<'_>)) {
        while let Some(end) = position(bytes, b'\n') {
            if self.begun.is_empty() && self.squeeze.is_none() {
                take(Line { bytes: &bytes[..end], is_cut: false, is_endless: false });
            } else {
                self.go_on(&bytes[..end]);
                self.end(take);
            }
            bytes = &bytes[end + 1..];
        }
        self.go_on(bytes);
    }

    /// Hands on what is left: a line without a line feed.
    pub fn finish(&mut self, take: &mut dyn FnMut(Line<'_>)) {
        if !self.begun.is_empty() {
            self.end(take);
        }
    }

    fn go_on(&mut self, bytes: &[u8]) {
        match &mut self.squeeze {
            Some(squeeze) => squeeze.push(bytes, &mut self.begun),
            None if self.begun.len() + bytes.len() <= WHOLE => self.begun.extend_from_slice(bytes),
            None => {
                let mut squeeze = Squeeze::new(LIMITS);
                let begun = std::mem::take(&mut self.begun);
                squeeze.push(&begun, &mut self.begun);
                squeeze.push(bytes, &mut self.begun);
                self.squeeze = Some(squeeze);
            }
        }
    }

    fn end(&mut self, take: &mut dyn FnMut(Line<'_>)) {
        let squeeze = self.squeeze.take();
        let is_cut = squeeze.as_ref().is_some_and(|squeeze| squeeze.cut);
        let is_endless = squeeze.is_some_and(|squeeze| squeeze.endless);
        take(Line { bytes: &self.begun, is_cut, is_endless });
        self.begun.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<(String, bool, bool)> {
        let (mut lines, mut taken) = (Lines::default(), Vec::new());
        let mut take = |line: Line| {
            let text = String::from_utf8_lossy(line.bytes).into_owned();
            taken.push((text, line.is_cut, line.is_endless));
        };
        pieces.iter().for_each(|piece| lines.push(piece, &mut take));
        lines.finish(&mut take);
        taken
    }

    #[test]
    fn lines_are_put_together_from_pieces() {
        let taken = lines(&[b"a\n\nb", b"c", b"\n", b"d\ne"]);
        let texts: Vec<_> = taken.iter().map(|(text, ..)| text.as_str()).collect();
        assert_eq!(texts, ["a", "", "bc", "d", "e"]);
        assert!(taken.iter().all(|(_, cut, endless)| !cut && !endless));
    }

    #[test]
    fn a_long_line_is_cut_and_the_next_one_is_not() {
        let (text, numbers) = ("x".repeat(20 << 20), "7,".repeat(10 << 20));
        let long =
            format!(r#"{{"a":{{"b":{{"t":"{text}","n":[[{numbers}7]]}}}},"status":"well"}}"#);
        let pieces: Vec<&[u8]> = long.as_bytes().chunks(64 * 1024).collect();
        let taken = lines(&[&pieces[..], &[b"\nb"]].concat());
        let (text, cut, endless) = &taken[0];
        assert!(*cut && !endless && text.len() < 200_000, "{}", text.len());
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(value["status"], "well");
        assert_eq!(value["a"]["b"]["t"].as_str().unwrap().len(), 64 * 1024);
        assert_eq!(taken[1], ("b".to_owned(), false, false));
    }

    #[test]
    fn a_line_that_cannot_be_cut_has_no_end() {
        let taken = lines(&[&vec![b'['; 20 << 20], b"\nb"]);
        assert!(taken[0].2 && taken[0].0.len() < 10 << 20);
        assert_eq!(taken[1].0, "b");
    }
}
