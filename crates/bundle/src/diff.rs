//! Unified diffs of the files that would change.

use std::time::Duration;

use camino::Utf8Path;
use similar::TextDiff;

/// How long one diff may look for its shortest form before it takes a longer one.
const PATIENCE: Duration = Duration::from_millis(500);

/// The difference between two contents of the file at `path`; nothing stands for a missing file.
pub fn unified(path: &Utf8Path, before: Option<&[u8]>, after: Option<&[u8]>) -> String {
    let old = std::str::from_utf8(before.unwrap_or_default());
    let new = std::str::from_utf8(after.unwrap_or_default());
    let name = |side: Option<&[u8]>| side.map_or("/dev/null".to_owned(), |_| path.to_string());
    match (old, new) {
        (Ok(old), Ok(new)) => TextDiff::configure()
            .timeout(PATIENCE)
            .diff_lines(old, new)
            .unified_diff()
            .header(&name(before), &name(after))
            .to_string(),
        _ => format!("Binary files {} and {} differ\n", name(before), name(after)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_a_new_file_and_a_changed_line() {
        let path = Utf8Path::new("/h/a.json");
        assert_eq!(
            unified(path, None, Some(b"{}\n")),
            "--- /dev/null\n+++ /h/a.json\n@@ -0,0 +1 @@\n+{}\n"
        );
        assert!(unified(path, Some(b"a\nb\n"), Some(b"a\nc\n")).ends_with(" a\n-b\n+c\n"));
        assert!(unified(path, Some(b"\xff"), None).starts_with("Binary files"));
    }
}
