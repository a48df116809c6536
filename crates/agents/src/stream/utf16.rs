//! Text in UTF-16, as some shells write what they are told to put into a file.

/// How the bytes of a file stand for text.
#[derive(Debug, Default)]
pub enum Encoding {
    /// Nobody has looked yet.
    #[default]
    Unknown,
    /// As they are: UTF-8, or what is close to it.
    Plain,
    /// Two bytes for a unit.
    Wide(Wide),
}

/// UTF-16 that is being read.
#[derive(Debug)]
pub struct Wide {
    is_big: bool,
    /// A byte whose other half is yet to come.
    half: Option<u8>,
    /// A unit whose other half is yet to come.
    high: Option<u16>,
}

impl Encoding {
    /// What the first bytes of a file say, a mark or the zeros of its first character.
    pub fn of(start: &[u8]) -> Encoding {
        let wide = |is_big| Encoding::Wide(Wide { is_big, half: None, high: None });
        match start {
            [0xff, 0xfe, ..] | [b'{' | b'[', 0, ..] => wide(false),
            [0xfe, 0xff, ..] | [0, b'{' | b'[', ..] => wide(true),
            _ => Encoding::Plain,
        }
    }
}

impl Wide {
    /// The text that the next bytes stand for.
    pub fn text(&mut self, bytes: &[u8]) -> String {
        let all = self.half.take().into_iter().chain(bytes.iter().copied());
        let mut units = Vec::with_capacity(bytes.len() / 2 + 2);
        units.extend(self.high.take());
        let mut first = None;
        for byte in all {
            match first.take() {
                None => first = Some(byte),
                Some(first) if self.is_big => units.push(u16::from_be_bytes([first, byte])),
                Some(first) => units.push(u16::from_le_bytes([first, byte])),
            }
        }
        self.half = first;
        self.high = units.pop_if(|last| (0xd800..0xdc00).contains(last));
        String::from_utf16_lossy(&units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_in_pieces_of_any_size() {
        let text = "\u{feff}{\"a\":\"\u{fc}\u{1f600}\"}\n";
        for is_big in [false, true] {
            let bytes: Vec<u8> = text
                .encode_utf16()
                .flat_map(|unit| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .collect();
            for size in 1..bytes.len() {
                let Encoding::Wide(mut wide) = Encoding::of(&bytes) else { panic!("{is_big}") };
                let read: String = bytes.chunks(size).map(|piece| wide.text(piece)).collect();
                assert_eq!(read, text, "{is_big} {size}");
            }
            assert!(
                matches!(Encoding::of(&bytes[2..]), Encoding::Wide(wide) if wide.is_big == is_big)
            );
        }
        assert!(matches!(Encoding::of("{\"ü".as_bytes()), Encoding::Plain));
    }
}
