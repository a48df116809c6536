//! Legible lines: what a terminal would show of a line in the end.

use anstream::adapter::StripBytes;
use camino::Utf8Path;
use memchr::memrchr;

/// The first `most` bytes of what stays on a terminal of a line: nothing that was written over, as by a progress
/// bar, and no colours, which builds print for CI.
pub fn legible(line: &[u8], most: usize) -> Vec<u8> {
    // Of a line of 100 MB, no more is looked at than is shown.
    const PIECE: usize = 4096;
    let line = line.trim_ascii_end();
    let line = memrchr(b'\r', line).map_or(line, |end| &line[end + 1..]);
    let (mut colours, mut legible) = (StripBytes::new(), Vec::new());
    for piece in line.chunks(PIECE) {
        colours.strip_next(piece).for_each(|plain| legible.extend_from_slice(plain));
        if legible.len() >= most {
            break;
        }
    }
    legible.truncate(most);
    legible
}

/// At most `length` characters of a text. What is cut off is marked, as a secret that is cut must be
/// known as one by its beginning.
pub fn cut(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A text with the files in `folder` by their paths in it.
pub fn seen_from(folder: &Utf8Path, text: &str) -> String {
    text.replace(&format!("{folder}/"), "")
}

/// The `lines` as they may be `shown`, without those of which nothing is to be seen.
pub fn said<'a>(
    lines: impl Iterator<Item = &'a [u8]>,
    shown: impl Fn(&[u8]) -> String,
) -> impl Iterator<Item = String> {
    // Most that are blank are so at once, and need no closer look.
    let plain = lines.filter(|line| !line.trim_ascii().is_empty());
    plain.map(shown).filter(|line| !line.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_go_and_what_was_written_over() {
        let shown = |line: &str| String::from_utf8(legible(line.as_bytes(), 30)).unwrap();
        assert_eq!(shown("\u{1b}[1m\u{1b}[91merror\u{1b}[0m: ü\r\n"), "error: ü");
        assert_eq!(shown(" 10 %\r 20 %\u{1b}[K\r"), " 20 %");
        assert_eq!(shown("\u{1b}]8;;http://a\u{7}link\u{1b}]8;;\u{7}\tb"), "link\tb");
        assert_eq!(legible(&[b'a'; 100], 30).len(), 30);
        let long = format!("{}ü\u{1b}[31m", "\u{1b}[1ma".repeat(5000));
        assert_eq!(
            legible(long.as_bytes(), 9000),
            ["a".repeat(5000).as_str(), "ü"].concat().as_bytes()
        );
    }
}
