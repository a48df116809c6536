//! Passwords in URLs.

use memchr::memmem;

/// What stands before the host of a URL, and whoever it names.
const BEFORE: &[u8] = b"://";

/// How much of a URL's host is held back until its end arrives, in bytes.
const LONGEST: usize = 4096;

/// Where the first `user:password`, or the token that stands in its place, of a URL
/// like `scheme://user:password@host` is that stands at `from` or later: its start and its end.
pub fn find(text: &[u8], from: usize) -> Option<(usize, usize)> {
    memmem::find_iter(text.get(from..)?, BEFORE).find_map(|at| {
        let start = from + at + BEFORE.len();
        let end = authority(&text[start..]).iter().rposition(|byte| *byte == b'@')?;
        Some((start, start + end))
    })
}

/// The place before `limit` where `text` may be cut so that no URL is torn before its host: `limit`
/// itself, or where a URL begins to matter that goes on there.
pub fn cut(text: &[u8], limit: usize) -> usize {
    let partly = (1..BEFORE.len()).rev().filter_map(|count| limit.checked_sub(count));
    let mut partly =
        partly.filter(|&at| text[at..].starts_with(BEFORE) || BEFORE.starts_with(&text[at..]));
    let near = limit.saturating_sub(LONGEST);
    let last = memmem::rfind(&text[near..limit], BEFORE).map(|at| near + at);
    let host = |at: usize| at + BEFORE.len() + authority(&text[at + BEFORE.len()..]).len();
    last.filter(|&at| host(at) >= limit).or_else(|| partly.next()).unwrap_or(limit)
}

/// The bytes that no host goes on after.
const ENDS: [bool; 256] = {
    let (mut ends, mut at) = ([false; 256], 0);
    let all = b"\t\n\x0b\x0c\r /?#\"'<>\\`";
    while at < all.len() {
        ends[all[at] as usize] = true;
        at += 1;
    }
    ends
};

/// What stands before the path.
fn authority(url: &[u8]) -> &[u8] {
    let end = url.iter().position(|byte| ENDS[usize::from(*byte)]);
    &url[..end.unwrap_or(url.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_stands_before_a_host() {
        let found = |text: &str, from| find(text.as_bytes(), from);
        assert_eq!(found("git clone https://me:tok@h/x a@b", 0), Some((18, 24)));
        assert_eq!(found("http://127.0.0.1:1/mcp?mail=a@b", 0), None);
        assert_eq!(found("x://a:b://c@d://e@f", 0), Some((10, 11)));
        assert_eq!(found("x://a:b://c@d://e@f", 10), Some((16, 17)));
        assert_eq!(found("x", 2), None);
    }

    #[test]
    fn cuts_no_url_before_its_host() {
        for (text, limit, expected) in [
            ("a https://me:to", 15, 7),
            ("https://me:to@h ", 16, 16),
            ("https://me:to@h ", 12, 5),
            ("https://me:to@h ", 7, 5),
            ("x://a/b", 7, 7),
            ("x:", 2, 1),
            ("x:/", 3, 1),
            ("x://a:", 6, 1),
            ("x:a", 2, 2),
            ("", 0, 0),
        ] {
            assert_eq!(cut(text.as_bytes(), limit), expected, "{text}");
        }
        let long = format!("a://{}", "b".repeat(LONGEST));
        assert_eq!(cut(long.as_bytes(), long.len()), long.len());
    }
}
