//! Cutting JSON text down while it passes, whatever its size: what is kept is the beginning of each text and
//! of each list, and is as well formed as the whole is.

use std::borrow::Cow;

use crate::find::before_special;

/// How much is kept, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Of each text.
    pub text: usize,
    /// Of each value that stands this deep in others, where the outermost is at 0.
    pub part: (usize, usize),
    /// In all.
    pub whole: usize,
}

/// Text that passes.
#[derive(Debug)]
pub struct Squeeze {
    limits: Limits,
    place: Place,
    depth: usize,
    /// The containers that it is in, a bit for each: 1 for an object. The innermost is the lowest.
    containers: u128,
    /// Whether the next text is a name, which is never cut: two that begin alike would become one.
    is_name: bool,
    /// How long the text is that passes.
    text: usize,
    /// Where the part begins that passes, in what is kept.
    part: usize,
    /// What is left out until it ends.
    out: Out,
    /// Whether something was left out.
    pub cut: bool,
    /// Whether it grows beyond all limits, because there is no place to cut it at.
    pub endless: bool,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Structure,
    Text,
    /// An escape in a text, of which so many bytes are to come.
    Escape(u8),
}

/// What is being left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Out {
    Nothing,
    RestOfText,
    /// All until the container at this depth ends.
    RestOf(usize),
}

impl Squeeze {
    /// One that is at the beginning of a value.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            place: Place::Structure,
            depth: 0,
            containers: 0,
            is_name: false,
            text: 0,
            part: 0,
            out: Out::Nothing,
            cut: false,
            endless: false,
        }
    }

    /// Adds to `kept` what is to be kept of the next bytes.
    pub fn push(&mut self, mut bytes: &[u8], kept: &mut Vec<u8>) {
        while !bytes.is_empty() && !self.endless {
            let taken = match self.place {
                Place::Structure => self.take_structure(bytes[0], kept),
                Place::Text => self.take_text(bytes, kept),
                Place::Escape(left) => self.take_escape(left, bytes[0], kept),
            };
            bytes = &bytes[taken..];
            self.endless = kept.len() > 2 * self.limits.whole + self.limits.text;
        }
    }

    fn take_structure(&mut self, byte: u8, kept: &mut Vec<u8>) -> usize {
        match byte {
            b'"' => (self.place, self.text) = (Place::Text, 0),
            b'{' | b'[' => {
                self.is_name = byte == b'{';
                self.containers = self.containers << 1 | u128::from(self.is_name);
                self.depth += 1;
                if self.depth == self.limits.part.0 {
                    self.part = kept.len();
                }
            }
            b'}' | b']' => {
                if self.out == Out::RestOf(self.depth) {
                    self.out = Out::Nothing;
                }
                self.depth = self.depth.saturating_sub(1);
                (self.containers, self.is_name) = (self.containers >> 1, false);
            }
            b':' => self.is_name = false,
            b',' => {
                self.is_name = self.containers & 1 == 1;
                if self.out == Out::Nothing && self.is_full(kept.len()) {
                    (self.out, self.cut) = (Out::RestOf(self.depth), true);
                }
            }
            _ => {}
        }
        self.keep(byte, kept);
        1
    }

    fn is_full(&self, kept: usize) -> bool {
        let (depth, part) = self.limits.part;
        kept >= self.limits.whole || (self.depth >= depth && kept - self.part >= part)
    }

    fn take_text(&mut self, bytes: &[u8], kept: &mut Vec<u8>) -> usize {
        let plain = &bytes[..before_special(bytes).max(1)];
        match bytes[0] {
            b'"' => {
                self.place = Place::Structure;
                if self.out == Out::RestOfText {
                    self.out = Out::Nothing;
                }
            }
            b'\\' => {
                self.end_text_if_full(plain, kept.len());
                self.place = Place::Escape(1);
            }
            _ => {
                let cut = self.end_text_if_full(plain, kept.len());
                self.text += plain.len();
                kept.extend_from_slice(&plain[..cut]);
                return plain.len();
            }
        }
        self.keep(bytes[0], kept);
        1
    }

    fn take_escape(&mut self, left: u8, byte: u8, kept: &mut Vec<u8>) -> usize {
        self.place = match (left, byte) {
            (1, b'u') => Place::Escape(4),
            (1, _) => Place::Text,
            _ => Place::Escape(left - 1),
        };
        self.text += 1;
        self.keep(byte, kept);
        1
    }

    /// How much of `next` is kept, which goes on with a text: all of it, or what there is room for, without
    /// a part of a character.
    fn end_text_if_full(&mut self, next: &[u8], kept: usize) -> usize {
        if self.out != Out::Nothing {
            return 0;
        }
        if self.is_name {
            return next.len();
        }
        let room = (self.limits.text.saturating_sub(self.text))
            .min(self.limits.whole.saturating_sub(kept));
        let begins = |at: &usize| next[*at] & 0b1100_0000 != 0b1000_0000;
        match (room..next.len()).find(begins) {
            Some(end) => {
                (self.out, self.cut) = (Out::RestOfText, true);
                end
            }
            None => next.len(),
        }
    }

    fn keep(&self, byte: u8, kept: &mut Vec<u8>) {
        if self.out == Out::Nothing {
            kept.push(byte);
        }
    }
}

/// At most about `limit` bytes of the JSON `text`, or null where it has no place to be cut at; and whether
/// something was left out.
pub fn squeezed(text: &[u8], limit: usize) -> (Cow<'_, [u8]>, bool) {
    const LEAST: usize = 16;
    if text.len() <= limit {
        return (text.into(), false);
    }
    if limit < LEAST {
        return (b"null"[..].into(), true);
    }
    let mut squeeze = Squeeze::new(Limits { text: limit, part: (usize::MAX, limit), whole: limit });
    let mut kept = Vec::new();
    squeeze.push(text, &mut kept);
    if squeeze.endless {
        return (b"null"[..].into(), true);
    }
    (kept.into(), squeeze.cut)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::surrogates::mended;

    /// Whether `part` is the beginning of `whole`, in each text and each list.
    fn begins(part: &Value, whole: &Value) -> bool {
        match (part, whole) {
            (Value::String(part), Value::String(whole)) => whole.starts_with(part.as_str()),
            (Value::Array(part), Value::Array(whole)) => {
                part.len() <= whole.len() && part.iter().zip(whole).all(|(a, b)| begins(a, b))
            }
            (Value::Object(part), Value::Object(whole)) => {
                let mut pairs = part.iter().zip(whole);
                pairs.all(|(a, b)| a.0 == b.0 && begins(a.1, b.1))
            }
            (Value::Null, _) => true,
            (part, whole) => part == whole,
        }
    }

    fn sample() -> Value {
        json!({
            "content": [{"type": "text", "text": "ein St\u{fc}ck \"Text\" \\ \u{1f600}"}, {"n": [1, -2, 0.5, null]}],
            "": [], "structured_content": {"a": [[], [true, null, null]], "long name": "\u{fc}"}
        })
    }

    #[test]
    fn keeps_the_beginning_of_the_whole() {
        let whole = sample();
        let plain = whole.to_string();
        let escaped = plain.replace('\u{1f600}', "\\ud83d\\ude00").replace('\u{fc}', "\\u00fc");
        for text in [&plain, &escaped] {
            for limit in 0..text.len() + 10 {
                let (kept, cut) = squeezed(text.as_bytes(), limit);
                // A character may have been cut in two.
                let kept = String::from_utf8(mended(&kept).into_owned()).unwrap();
                let value: Value =
                    serde_json::from_str(&kept).unwrap_or_else(|error| panic!("{kept}: {error}"));
                assert!(limit < 100 || !cut || kept.len() <= limit + 40, "{limit}: {kept}");
                let mut shown = value.to_string();
                shown.retain(|c| c != '\u{fffd}');
                let value: Value = serde_json::from_str(&shown).unwrap();
                assert!(begins(&value, &whole), "{limit}: {kept}");
                assert!(cut || kept == text.as_str(), "{limit}");
                assert!(!cut || limit < text.len(), "{limit}");
            }
        }
    }

    #[test]
    fn each_part_has_a_limit_of_its_own_and_all_have_one() {
        let numbers = vec![7; 1000];
        let whole =
            json!({"a": {"x": numbers, "y": numbers, "z": "z".repeat(1000)}, "b": numbers, "c": 1});
        let squeeze = |limits| {
            let (mut squeeze, mut kept) = (Squeeze::new(limits), Vec::new());
            whole.to_string().as_bytes().chunks(7).for_each(|piece| squeeze.push(piece, &mut kept));
            serde_json::from_slice::<Value>(&kept).unwrap()
        };
        let value = squeeze(Limits { text: 50, part: (3, 100), whole: 10_000 });
        assert_eq!(value["a"]["x"].as_array().unwrap().len(), 50);
        assert_eq!(value["a"]["y"].as_array().unwrap().len(), 50);
        assert_eq!(value["a"]["z"], "z".repeat(50));
        assert_eq!((&value["b"], &value["c"]), (&whole["b"], &json!(1)));
        let value = squeeze(Limits { text: 50, part: (3, 100), whole: 1000 });
        assert!(value["b"].as_array().unwrap().len() < 500);
        assert!(value["c"].is_null());
    }

    #[test]
    fn what_has_no_place_to_be_cut_at_is_endless() {
        let limits = Limits { text: 10, part: (4, 10), whole: 100 };
        let (mut squeeze, mut kept) = (Squeeze::new(limits), Vec::new());
        for _ in 0..1000 {
            squeeze.push(b"[[[[[[[[", &mut kept);
        }
        assert!(squeeze.endless && kept.len() < 300);
    }
}
