//! Fingerprints: short names of texts, which tell whether a text changed without telling it.

/// The fingerprint of `text`, the same on every machine and in every version: FNV-1a, 64 bits.
/// It is no protection against somebody who tries what the text could have been.
pub fn of(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("#{hash:016x}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn never_changes() {
        assert_eq!(super::of(""), "#cbf29ce484222325");
        assert_eq!(super::of("a"), "#af63dc4c8601ec8c");
    }
}
