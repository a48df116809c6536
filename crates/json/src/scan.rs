//! Going through JSON without making anything of it, as fast as the ends of texts can be found.
//!
//! What is passed over is held to the grammar as closely as what is looked at: a line is JSON or is not, whatever
//! somebody wants to know of it. Bytes that are no UTF-8 pass, if they are in a text, and so do halves of
//! characters.

use crate::find::before_special;

/// How deep values may be nested; that is how deep a tree may be.
const DEEPEST: u32 = 127;

/// JSON that is being gone through.
#[derive(Clone, Debug)]
pub struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Whether a field or an element of the container that it is in has been seen.
    has_begun: bool,
    /// Whether the container has been seen to its end.
    has_ended: bool,
}

impl<'a> Scan<'a> {
    /// One that is inside of the container that `bytes` is, if that begins with `open`.
    pub fn inside(bytes: &'a [u8], open: u8) -> Self {
        let at = if bytes.first() == Some(&open) { 1 } else { bytes.len() };
        Self { bytes, at, has_begun: false, has_ended: false }
    }

    /// Whether all of the container was right, and nothing comes after it.
    pub fn is_whole(&mut self) -> bool {
        self.has_ended && self.peek().is_none()
    }

    /// Itself, if there is another element of an array, which comes next.
    pub fn next_element(&mut self) -> Option<&mut Self> {
        self.goes_on(b']').then_some(self)
    }

    /// The name of the next field of an object, with its quotes. Its value comes next.
    pub fn name(&mut self) -> Option<&'a [u8]> {
        self.goes_on(b'}').then_some(())?;
        self.peek()?;
        let start = self.at;
        self.end_name()?;
        self.bytes.get(start..self.colon()?)
    }

    /// Goes into the object that is the next value, if it is one.
    pub fn enter(&mut self) -> Option<Self> {
        self.peek().filter(|byte| *byte == b'{')?;
        Some(Self { bytes: self.bytes, at: self.at + 1, has_begun: false, has_ended: false })
    }

    /// Goes on after the object that was entered. None if something in it is wrong.
    pub fn leave(&mut self, inner: Self) -> Option<()> {
        self.at = inner.at;
        inner.has_ended.then_some(())
    }

    /// Whether there is another field or element.
    fn goes_on(&mut self, close: u8) -> bool {
        match self.peek() {
            Some(byte) if byte == close => {
                self.at += 1;
                self.has_ended = true;
                return false;
            }
            Some(b',') if self.has_begun => self.at += 1,
            Some(_) if !self.has_begun => self.has_begun = true,
            _ => return false,
        }
        true
    }

    /// The next value.
    pub fn value(&mut self) -> Option<&'a [u8]> {
        self.peek()?;
        let start = self.at;
        // The containers that are open, a bit for each: 1 for an object. The last one is the lowest.
        let (mut open, mut depth) = (0_u128, 0);
        loop {
            match self.next()? {
                b'"' => self.end_text()?,
                b't' => self.expect(b"rue")?,
                b'f' => self.expect(b"alse")?,
                b'n' => self.expect(b"ull")?,
                byte @ (b'-' | b'0'..=b'9') => self.end_number(byte)?,
                byte @ (b'{' | b'[') => {
                    let is_object = byte == b'{';
                    depth += 1;
                    open = open << 1 | u128::from(is_object);
                    if depth > DEEPEST {
                        return None;
                    }
                    if self.peek()? != if is_object { b'}' } else { b']' } {
                        if is_object {
                            self.end_name()?;
                            self.colon()?;
                        }
                        self.peek()?;
                        continue;
                    }
                    self.at += 1;
                    (open, depth) = (open >> 1, depth - 1);
                }
                _ => return None,
            }
            loop {
                if depth == 0 {
                    return self.bytes.get(start..self.at);
                }
                let is_object = open & 1 == 1;
                self.peek()?;
                match (self.next()?, is_object) {
                    (b',', true) => {
                        self.peek()?;
                        self.end_name()?;
                        self.colon()?;
                        break;
                    }
                    (b',', false) => break,
                    (b'}', true) | (b']', false) => (open, depth) = (open >> 1, depth - 1),
                    _ => return None,
                }
            }
            self.peek()?;
        }
    }

    /// The name of a field.
    fn end_name(&mut self) -> Option<()> {
        self.next().filter(|byte| *byte == b'"')?;
        self.end_text()
    }

    /// The colon after a name, and where the name ends.
    fn colon(&mut self) -> Option<usize> {
        let end = self.at;
        self.peek().filter(|byte| *byte == b':')?;
        self.at += 1;
        Some(end)
    }

    /// The rest of a text of which the quote has been seen.
    fn end_text(&mut self) -> Option<()> {
        loop {
            self.at += before_special(self.bytes.get(self.at..)?);
            match self.next()? {
                b'"' => return Some(()),
                b'\\' => self.end_escape()?,
                _ => return None,
            }
        }
    }

    fn end_escape(&mut self) -> Option<()> {
        match self.next()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
            b'u' => {
                let digits = self.bytes.get(self.at..self.at + 4)?;
                digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
                self.at += 4;
            }
            _ => return None,
        }
        Some(())
    }

    /// The rest of a number.
    fn end_number(&mut self, first: u8) -> Option<()> {
        let first = if first == b'-' { self.next()? } else { first };
        match first {
            b'0' => {}
            b'1'..=b'9' => self.digits(),
            _ => return None,
        }
        if self.is_next(b".") {
            self.some_digits()?;
        }
        if self.is_next(b"eE") {
            self.is_next(b"+-");
            self.some_digits()?;
        }
        Some(())
    }

    fn some_digits(&mut self) -> Option<()> {
        self.next().filter(u8::is_ascii_digit)?;
        self.digits();
        Some(())
    }

    fn digits(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
    }

    fn expect(&mut self, rest: &[u8]) -> Option<()> {
        self.bytes.get(self.at..)?.starts_with(rest).then_some(())?;
        self.at += rest.len();
        Some(())
    }

    /// Passes over one of these bytes, if it is next.
    fn is_next(&mut self, any: &[u8]) -> bool {
        let is_next = self.bytes.get(self.at).is_some_and(|byte| any.contains(byte));
        self.at += usize::from(is_next);
        is_next
    }

    /// The next byte that is no space, which stays the next one.
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.bytes.get(self.at) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte
    }
}
