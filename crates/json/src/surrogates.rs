//! Halves of characters.
//!
//! Most agents are written in languages whose texts are UTF-16. One that cuts a text may cut a character in
//! two, and writes a half of it as an escape, which is no character to anybody else.

use std::borrow::Cow;

use crate::find::position;

/// The same JSON text, in which each half of a character is the one that stands for what is unknown.
pub fn mended(text: &[u8]) -> Cow<'_, [u8]> {
    let mut mended = Cow::Borrowed(text);
    let mut at = 0;
    while let Some(before) = text.get(at..).and_then(|rest| position(rest, b'\\')) {
        let start = at + before;
        at = start + 2;
        match half(text, start) {
            Some(Half::First) if half(text, start + 6) == Some(Half::Second) => at = start + 12,
            Some(_) => mended.to_mut()[start + 2..start + 6].copy_from_slice(b"fffd"),
            None => {}
        }
    }
    mended
}

/// Which half of a character an escape is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    First,
    Second,
}

/// The half that is escaped at `start`, if it is one.
fn half(text: &[u8], start: usize) -> Option<Half> {
    let digits = text.get(start..start + 6)?.strip_prefix(b"\\u")?;
    digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
    match (digits[0] | 0x20, digits[1] | 0x20) {
        (b'd', b'8' | b'9' | b'a' | b'b') => Some(Half::First),
        (b'd', b'c'..=b'f') => Some(Half::Second),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_replaced_and_nothing_else() {
        let table = [
            (r#""\ud83d\ude00 \uD83D\uDE00""#, None),
            (r#""\\ud83d \\\\ud83d \u00fc""#, None),
            (r#""a\ud83d""#, Some(r#""a\ufffd""#)),
            (r#""\ude00b""#, Some(r#""\ufffdb""#)),
            (r#""\ud83d\ud83d\ude00""#, Some(r#""\ufffd\ud83d\ude00""#)),
            (r#""\\\ud83dx""#, Some(r#""\\\ufffdx""#)),
            (r#""\ud8"#, None),
            (r#""\ud83=""#, None),
            (r"\u", None),
        ];
        for (text, expected) in table {
            assert_eq!(mended(text.as_bytes()), expected.unwrap_or(text).as_bytes(), "{text}");
        }
    }
}
