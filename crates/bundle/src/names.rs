//! Names that may become a file name, a key in a config file or a line on a terminal.

use smoke_core::text::deceptive::{deceives, joins};

/// What is wrong with `name`, if anything.
pub fn fault(name: &str) -> Option<&'static str> {
    let fault = if name.is_empty() {
        "is empty"
    } else if name.trim() != name {
        "starts or ends with a space"
    } else if name.contains(['/', '\\']) {
        "contains a slash"
    } else if name.chars().any(|c| c.is_control() || deceives(c) || joins(c)) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_plain_word() {
        assert_eq!(fault("starter-pack 2_ü"), None);
        for bad in
            ["", " a", "a/b", "a\\b", "a\nb", "a\u{1b}[0m", "..", ".git", "a\u{202e}b", "a\u{200d}"]
        {
            assert!(fault(bad).is_some(), "{bad:?}");
        }
        assert!(fault(&"a".repeat(201)).is_some());
    }
}
