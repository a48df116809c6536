//! Base64, which headers with other than plain characters are wrapped in.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// `bytes` in standard base64 with padding.
pub fn encode(bytes: &[u8]) -> String {
    bytes.chunks(3).flat_map(quartet).collect()
}

/// The bytes of URL-safe base64 without padding; none if it is not that.
pub fn decode_url(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let byte = match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        };
        let six = ALPHABET.iter().position(|letter| *letter == byte)?;
        (bits, count) = ((bits << 6 | six as u32) & 0xffff, count + 6);
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Some(bytes)
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
    use super::{decode_url, encode};

    #[test]
    fn pads_as_the_standard_says() {
        let table =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")];
        for (text, expected) in table {
            assert_eq!(encode(text.as_bytes()), expected);
        }
    }
    #[test]
    fn reads_back_what_it_wrote() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in [0, 1, 2, 3, 255, 256] {
            let text = encode(&bytes[..length]).replace('+', "-").replace('/', "_");
            assert_eq!(decode_url(&text).unwrap(), &bytes[..length]);
        }
        assert_eq!(decode_url("a.b"), None);
    }
}
