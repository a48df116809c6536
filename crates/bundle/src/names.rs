//! Names that may become a file name, a key in a config file or a line on a terminal.

/// What is wrong with `name`, if anything.
pub fn fault(name: &str) -> Option<&'static str> {
    let fault = if name.is_empty() {
        "is empty"
    } else if name.trim() != name {
        "starts or ends with a space"
    } else if name.contains(['/', '\\']) {
        "contains a slash"
    } else if name.chars().any(|c| c.is_control() || is_invisible(c)) {
        "contains a control character"
    } else if name.starts_with('.') {
        "starts with a dot"
    } else if name.len() > 200 {
        "is longer than 200 bytes"
    } else {
        return None;
    };
    Some(fault)
}

/// The entries of `known` that are most like `name`, best first, at most three.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut scored: Vec<_> = known
        .map(|other| (strsim::jaro_winkler(name, other), other))
        .filter(|s| s.0 > 0.7)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.truncate(3);
    scored.into_iter().map(|(_, other)| other).collect()
}

/// Characters that reorder or hide the text around them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_plain_word() {
        assert_eq!(fault("starter-pack 2_ü"), None);
        for bad in ["", " a", "a/b", "a\\b", "a\nb", "a\u{1b}[0m", "..", ".git", "a\u{202e}b"] {
            assert!(fault(bad).is_some(), "{bad:?}");
        }
        assert!(fault(&"a".repeat(201)).is_some());
    }

    #[test]
    fn the_nearest_name_comes_first() {
        assert_eq!(nearest("ech", ["clock", "echo", "grep"].into_iter()), ["echo"]);
        assert!(nearest("zzz", ["clock"].into_iter()).is_empty());
    }
}
