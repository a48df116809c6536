//! The source: a folder, or a `file://` address of one.

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::cause::{Cause, Code};

use crate::cli::value::absolute;

/// The folder that `given` means, as an absolute path.
///
/// # Errors
/// It is an address of another machine, which would have to be cloned first.
pub fn folder(given: &Utf8Path) -> Result<Utf8PathBuf, Cause> {
    let text = given.as_str();
    if let Some(rest) = text.strip_prefix("file://") {
        let path = rest.strip_prefix("localhost").unwrap_or(rest);
        return absolute(Utf8Path::new(&decoded(path)));
    }
    let remote = text.contains("://") || is_ssh(text);
    if remote && !given.exists() {
        let summary = format!("--source {text} is no folder of this machine");
        let next = "git clone it first, and name the folder: the commit to test is looked up there";
        return Err(Cause::new(Code::Usage, summary, next));
    }
    absolute(given)
}

/// `host:path` and `user@host:path`, as git has them.
fn is_ssh(text: &str) -> bool {
    text.split_once(':').is_some_and(|(host, _)| !host.contains('/') && !host.is_empty())
}

/// `%20` and its like by what they stand for; anything else as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match byte.filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_this_machine_is_a_folder() {
        let folder = |text: &str| folder(Utf8Path::new(text)).unwrap().into_string();
        assert_eq!(folder("file:///a/b%20c%C3%A9"), "/a/b cé");
        assert_eq!(folder("file://localhost/a"), "/a");
        assert_eq!(folder("/a/50%"), "/a/50%");
    }

    #[test]
    fn an_address_of_another_machine_is_refused() {
        for text in ["https://example.org/x.git", "git@example.org:x.git"] {
            let cause = folder(Utf8Path::new(text)).unwrap_err();
            assert!(cause.next.contains("git clone"), "{cause:?}");
        }
    }
}
