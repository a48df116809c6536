//! Finding bytes, eight at a time. What is looked at most is looked at here, and this crate is optimised in every
//! build; the crates that are made for it are not.

/// A one in every byte, and the highest bit of every byte.
const ONES: u64 = u64::MAX / 255;
const HIGHEST: u64 = ONES << 7;

/// How many bytes go on with a text: those before a quote, a backslash or a control character.
pub fn before_special(bytes: &[u8]) -> usize {
    let special = |word| same(word, b'"') | same(word, b'\\') | control(word);
    before(bytes, special, |byte| matches!(byte, b'"' | b'\\' | 0..0x20))
}

/// How many bytes there are before the first `wanted` one, if there is one.
pub fn position(bytes: &[u8], wanted: u8) -> Option<usize> {
    let length = before(bytes, |word| same(word, wanted), |byte| byte == wanted);
    (length < bytes.len()).then_some(length)
}

/// How many bytes there are before the first that `is_wanted`. `wanted` sets the highest bit of the first of eight
/// that is, and may set those of later ones.
fn before(bytes: &[u8], wanted: impl Fn(u64) -> u64, is_wanted: impl Fn(u8) -> bool) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let found = wanted(u64::from_le_bytes(*word)) & HIGHEST;
        if found != 0 {
            return at * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let found = rest.iter().position(|byte| is_wanted(*byte));
    words.len() * 8 + found.unwrap_or(rest.len())
}

fn same(word: u64, byte: u8) -> u64 {
    let word = word ^ (ONES * u64::from(byte));
    word.wrapping_sub(ONES) & !word
}

fn control(word: u64) -> u64 {
    word.wrapping_sub(ONES * 0x20) & !word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_of_its_kind_is_found_wherever_it_stands() {
        for (seed, length) in (0..2000_usize).map(|seed| (seed, seed % 40)) {
            // Bytes close to those that are looked for, and some that are they.
            let kinds = b"\x1f\x20\x21\"#[\\]\n\x00\x7f\x80\xa2\xdc\xffabc";
            let byte = |at| kinds[(seed * 7 + at * at * 5 + at * seed) % kinds.len()];
            let bytes: Vec<u8> = (0..length).map(byte).collect();
            let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
            let expected = bytes.iter().position(special).unwrap_or(length);
            assert_eq!(before_special(&bytes), expected, "{}", bytes.escape_ascii());
            let expected = bytes.iter().position(|byte| *byte == b'\n');
            assert_eq!(position(&bytes, b'\n'), expected, "{}", bytes.escape_ascii());
        }
    }
}
