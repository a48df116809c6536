//! Base64, which headers with other than plain characters are wrapped in.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// `bytes` in standard base64 with padding.
pub fn encode(bytes: &[u8]) -> String {
    bytes.chunks(3).flat_map(quartet).collect()
}

fn quartet(chunk: &[u8]) -> [char; 4] {
    let bits = (0..3).fold(0u32, |bits, at| bits << 8 | u32::from(*chunk.get(at).unwrap_or(&0)));
    [0, 1, 2, 3].map(|at| {
        let six = (bits >> (18 - 6 * at)) & 63;
        if at as usize > chunk.len() { '=' } else { char::from(ALPHABET[six as usize]) }
    })
}

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn pads_as_the_standard_says() {
        let table =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")];
        for (text, expected) in table {
            assert_eq!(encode(text.as_bytes()), expected);
        }
    }
}
