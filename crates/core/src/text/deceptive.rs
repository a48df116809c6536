//! Characters that make a text look like another one.

/// Whether a character turns the order of the others around, or is there without being seen. Those that
/// join emoji and letters of some scripts are no such characters.
pub fn deceives(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}');
    let isolates = matches!(c, '\u{2066}'..='\u{2069}');
    let breaks = matches!(c, '\u{2028}' | '\u{2029}');
    let unseen = matches!(c, '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    turns || isolates || breaks || unseen || is_tag(c)
}

/// Whether a character joins those around it, and is not seen itself.
pub fn joins(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Letters that only programs read.
fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_told_from_what_joins() {
        assert!("\u{202e}\u{61c}\u{2067}\u{200b}\u{feff}\u{2028}\u{e0041}".chars().all(deceives));
        assert!("\u{200c}\u{200d}".chars().all(joins));
        assert!(!"a é 漢 👨\u{200d}👩 ❤\u{fe0f} می\u{200c}خواهم".chars().any(deceives));
    }
}
