//! The mask for a text that arrives in pieces.

use std::borrow::Cow;
use std::str;

use super::Mask;

/// Hides secrets in a text that arrives in pieces, wherever these are cut: what comes out is what
/// comes of the text as a whole. What may be the beginning of a secret is held back until more of it
/// arrives; after a line feed that is nothing, unless a secret has several lines.
#[derive(Debug, Default)]
pub struct MaskedStream {
    mask: Mask,
    held: Vec<u8>,
    /// How much of what is held is hidden already, as a part of what was hidden before.
    done: usize,
}

impl MaskedStream {
    /// Hides what `mask` knows.
    pub fn new(mask: Mask) -> Self {
        Self { mask, ..Self::default() }
    }

    /// Takes the next piece. Returns what is sure by now, as UTF-8: what is none is replaced.
    pub fn push<'a>(&mut self, piece: &'a [u8]) -> Cow<'a, [u8]> {
        if self.held.is_empty() && self.sure(piece) == piece.len() && !self.mask.hides_any(piece) {
            return utf8(piece.into());
        }
        self.held.extend_from_slice(piece);
        let sure = self.sure(&self.held);
        self.release(sure)
    }

    /// Ends the text. Returns what was held back.
    pub fn finish(&mut self) -> Cow<'static, [u8]> {
        self.release(self.held.len())
    }

    fn release(&mut self, count: usize) -> Cow<'static, [u8]> {
        let mut out = Vec::with_capacity(count);
        self.done = self.mask.hide_into(&mut out, &self.held, self.done, count) - count;
        self.held.drain(..count);
        utf8(out.into())
    }

    /// How much of `text` means the same whatever comes after it.
    fn sure(&self, text: &[u8]) -> usize {
        // Hardly any secret goes on after a line feed, and no URL or character does.
        if text.ends_with(b"\n") && !self.mask.spans_lines() {
            return text.len();
        }
        self.mask.sure(text, text.len() - begun_character(text))
    }
}

fn utf8(text: Cow<[u8]>) -> Cow<[u8]> {
    match str::from_utf8(&text) {
        Ok(_) => text,
        Err(_) => String::from_utf8_lossy(&text).into_owned().into_bytes().into(),
    }
}

/// How many bytes at the end of `text` are the beginning of a character.
fn begun_character(text: &[u8]) -> usize {
    const LONGEST: usize = 4;
    let last = &text[text.len().saturating_sub(LONGEST - 1)..];
    let begins = |at: &usize| {
        str::from_utf8(&last[*at..]).is_err_and(|e| e.valid_up_to() == 0 && e.error_len().is_none())
    };
    (0..last.len()).find(begins).map_or(0, |start| last.len() - start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(secrets: &[&str]) -> Mask {
        let mut mask = Mask::default();
        secrets.iter().for_each(|secret| mask.add(secret));
        mask
    }

    fn in_pieces(mask: &Mask, pieces: &[&[u8]]) -> Vec<u8> {
        let mut stream = MaskedStream::new(mask.clone());
        let mut out: Vec<u8> = Vec::new();
        pieces.iter().for_each(|piece| out.extend_from_slice(&stream.push(piece)));
        out.extend_from_slice(&stream.finish());
        out
    }

    /// What a mask does, one byte and one form after the other.
    fn slowly(mask: &Mask, text: &[u8]) -> Vec<u8> {
        let mut found: Vec<(usize, usize)> = Vec::new();
        for start in 0..text.len() {
            let begins = |form: &&String| text[start..].starts_with(form.as_bytes());
            found.extend(mask.forms.iter().filter(begins).map(|form| (start, start + form.len())));
            if let Some(rest) = text[start..].strip_prefix(b"://") {
                let ends = |byte: &u8| b" \t\n\r\x0b\x0c/?#\"'<>\\`".contains(byte);
                let host = &rest[..rest.iter().position(ends).unwrap_or(rest.len())];
                let at = host.iter().rposition(|byte| *byte == b'@');
                found.extend(at.map(|at| (start + 3, start + 3 + at)));
            }
        }
        found.sort_unstable();
        let (mut out, mut done) = (Vec::new(), 0);
        for (start, end) in found {
            if start >= done {
                out.extend_from_slice(&text[done..start]);
                out.extend_from_slice(b"***");
            }
            done = done.max(end);
        }
        out.extend_from_slice(&text[done..]);
        String::from_utf8_lossy(&out).into_owned().into_bytes()
    }

    /// Pieces of secrets, of URLs and of characters, in any order.
    fn text(random: &mut fastrand::Rng, forms: &[String]) -> Vec<u8> {
        let bits: [&[u8]; 14] = [
            b"a",
            b"b",
            b"aab",
            b"\n",
            b" ",
            b"://",
            b":",
            b"@",
            b"/",
            "\u{fc}".as_bytes(),
            b"\xc3",
            b"\xf0\x9f",
            b"***",
            b"\r\n",
        ];
        let mut text = Vec::new();
        for _ in 0..random.usize(0..60) {
            match random.choice(forms).filter(|_| random.u8(..4) == 0) {
                Some(form) => {
                    let from = if random.bool() { 0 } else { random.usize(0..form.len()) };
                    text.extend_from_slice(&form.as_bytes()[from..random.usize(from..=form.len())]);
                }
                None => text.extend_from_slice(random.choice(bits).unwrap_or_default()),
            }
        }
        text
    }

    #[test]
    fn hides_the_same_as_a_slow_mask_wherever_the_text_is_cut() {
        let secrets =
            ["aaab", "abab-abaa", "a/\"b\u{fc}", "baab\naab\nbb", "u:pw@h", "xyzzy+=&", "aaaa"];
        for seed in 0..1500 {
            let mut random = fastrand::Rng::with_seed(seed);
            random.shuffle(&mut secrets.clone());
            let known: Vec<&str> = secrets.into_iter().filter(|_| random.bool()).collect();
            let mask = mask(&known);
            let text = text(&mut random, &mask.forms);
            let expected = slowly(&mask, &text);
            let shown = || format!("{seed}: {known:?} in {:?}", text.escape_ascii().to_string());
            let whole = mask.hide_bytes(&text);
            assert!(String::from_utf8_lossy(&whole).as_bytes() == expected, "{}", shown());
            let (mut pieces, mut rest) = (Vec::new(), &text[..]);
            while !rest.is_empty() {
                let (piece, more) = rest.split_at(random.usize(1..=rest.len().min(9)));
                pieces.push(piece);
                rest = more;
            }
            let found = in_pieces(&mask, &pieces);
            let found = found.escape_ascii().to_string();
            assert_eq!(found, expected.escape_ascii().to_string(), "{pieces:?}, {}", shown());
        }
    }

    #[test]
    fn a_line_is_not_held_back() {
        let mut stream = MaskedStream::new(mask(&["secret-1", "\nodd"]));
        assert_eq!(&*stream.push(b"a line\n"), b"a line");
        assert_eq!(&*stream.push(b"so\xc3\n"), "\nso\u{fffd}".as_bytes());
        assert_eq!(&*stream.push(b"\nsecret-1x"), b"\n\n***x");
        let mut stream = MaskedStream::new(mask(&["secret-1"]));
        assert_eq!(&*stream.push(b"a line\nsecret-1 sec\n"), b"a line\n*** sec\n");
        assert_eq!(&*stream.push(b"a secret"), b"a ");
    }

    #[test]
    fn what_is_hidden_for_ever_is_not_held_back() {
        let mut stream = MaskedStream::new(mask(&["aaaa"]));
        let mut out = Vec::new();
        for _ in 0..100 {
            out.extend_from_slice(&stream.push(&[b'a'; 1000]));
            assert!(stream.held.len() < 4);
        }
        assert_eq!([&out[..], &stream.finish()].concat(), b"***");
    }
}
