//! Headers of a request, and what is wrong with one that cannot be sent.

/// What is wrong with a header, if it cannot be sent.
pub fn fault(name: &str, value: &str) -> Option<&'static str> {
    let of_name = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(of_name) {
        Some("no header can have this name")
    } else if value.contains(|c: char| c.is_control() && c != '\t') {
        Some("its value has a line break, or another control character")
    } else if !value.is_ascii() {
        Some("its value has other characters than those of ASCII")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_sent_is_said() {
        assert_eq!(fault("Authorization", "Bearer a\tb~"), None);
        for (name, value) in [("", "a"), ("A B", "a"), ("A:", "a"), ("A", "b\n"), ("A", "é")] {
            assert!(fault(name, value).is_some(), "{name}: {value}");
        }
    }
}
