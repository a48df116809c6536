//! The first error that a command reports: what a person has to mend, where the end of its output may only
//! count errors, explain them, or say how the command is used.

use std::sync::LazyLock;

use memchr::memrchr;
use smoke_core::output::lines;
use smoke_core::text::legible::said;

use super::mask::Finder;
use crate::verdict::LINES_SHOWN;

/// A line without one of these is not looked at more closely. Go names the place and does without the word.
static HINTS: LazyLock<Finder> = LazyLock::new(|| {
    let hints = ["error", "Error", "ERROR", "ERR!", ".go:"].iter().chain(&UNKNOWN);
    Finder::new(&hints.map(|hint| (*hint).to_owned()).collect::<Vec<_>>())
});

/// How shells end a line about a command that there is not.
const UNKNOWN: [&str; 2] = [": not found", ": command not found"];

/// The lines from the first error on, until as many are there as a verdict shows.
#[derive(Default)]
pub struct FirstError {
    lines: Vec<String>,
    /// How many lines that only mention errors were looked at.
    mentions: usize,
}

impl FirstError {
    /// Takes a block of whole lines in; `shown` is a line as it may be shown.
    pub fn take(&mut self, block: &[u8], shown: impl Fn(&[u8]) -> String) {
        let from = if self.lines.is_empty() { self.find(block, &shown) } else { Some(block) };
        let room = LINES_SHOWN - self.lines.len();
        self.lines.extend(said(from.into_iter().flat_map(lines), shown).take(room));
    }

    /// The block from its first line on that reports an error. After many that only mention one, nothing is looked
    /// for any more.
    fn find<'a>(&mut self, block: &'a [u8], shown: impl Fn(&[u8]) -> String) -> Option<&'a [u8]> {
        const MOST: usize = 10_000;
        let mut at = 0;
        while self.mentions < MOST
            && let Some((hint, end)) = HINTS.find(block, at)
        {
            self.mentions += 1;
            // Most that only mention errors go on as a word or a name, and are not worth more of a look.
            let next = block.get(end);
            if next.is_some_and(|next| next.is_ascii_alphabetic() || b"_-./(".contains(next)) {
                at = end;
                continue;
            }
            let start = memrchr(b'\n', &block[..hint]).map_or(0, |end| end + 1);
            let line = lines(&block[start..]).next()?;
            if reports_an_error(&shown(line)) {
                return Some(&block[start..]);
            }
            at = start + line.len();
        }
        None
    }

    /// The lines that tell a failure: the first error and the last lines, or the last lines alone where the error
    /// is among them. `last` has at most as many lines as a verdict shows.
    pub fn and_last(self, last: Vec<String>) -> Vec<String> {
        if self.lines.len() < LINES_SHOWN || self.lines == last {
            last
        } else {
            both(&self.lines, &last, LINES_SHOWN)
        }
    }
}

/// The `most` lines of `lines` that tell a failure: the first error and the end, as far as the two are apart.
pub fn telling(lines: &[String], most: usize) -> Vec<String> {
    let last = &lines[lines.len().saturating_sub(most)..];
    match lines.iter().position(|line| reports_an_error(line)) {
        Some(first) if most > 2 && first + most < lines.len() => both(&lines[first..], last, most),
        _ => last.to_vec(),
    }
}

/// The beginning of an error and the end of the output; more than half for what the error is.
fn both(error: &[String], last: &[String], most: usize) -> Vec<String> {
    let said = most * 3 / 5;
    let rest = last.len().saturating_sub(most.saturating_sub(said + 1));
    [&error[..said], &["…".to_owned()], &last[rest..]].concat()
}

/// Whether a line reports an error, as compilers, bundlers and installers write it, and does not only mention
/// one, as in `0 errors`, `error.rs` or `no error`.
fn reports_an_error(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    let mut words = ["error", "err!"].iter().flat_map(|word| line.match_indices(word));
    let told = |(at, word): (usize, &str)| is_told(&line[..at], &line[at + word.len()..], word);
    let unknown = UNKNOWN.iter().any(|end| line.trim_end().ends_with(end));
    words.any(told) || has_a_place_in_go(&line) || unknown
}

/// Whether the word that stands between these two tells of an error.
fn is_told(before: &str, after: &str, word: &str) -> bool {
    let mut words = before.split(|c: char| !c.is_alphanumeric());
    if words.any(|word| ["warn", "warning"].contains(&word))
        || before.ends_with(['-', '_', '.', '/', '"', '\''])
    {
        return false;
    }
    let names_it = after == ":" || after.starts_with(": ");
    let whole = !before.ends_with(char::is_alphanumeric);
    let marked = after.starts_with(['[', '!']) || before.ends_with('[') && after.starts_with(']');
    let leads = after.starts_with(char::is_whitespace) && leads(before);
    names_it || whole && (marked || leads || word == "err!" || after.starts_with(" ts"))
}

/// Whether only who tells the error, or where it is, stands before it: `npm error`, `3:5  error`.
fn leads(before: &str) -> bool {
    let mut words = before.split_whitespace();
    let is_place =
        |word: &str| word.contains(':') && word.starts_with(|c: char| c.is_ascii_digit());
    let known = |word: &str| ["npm", "cmake", "an"].contains(&word) || is_place(word);
    words.next().is_none_or(known) && words.next().is_none()
}

/// Whether there is something like `main.go:5:2: `.
fn has_a_place_in_go(line: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    line.split_once(".go:").is_some_and(|(_, place)| {
        let mut parts = place.splitn(3, ':');
        parts.next().is_some_and(number)
            && parts.next().is_some_and(number)
            && parts.next().is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tools_write_is_known_as_an_error() {
        for line in [
            "error[E0425]: cannot find value `x` in this scope",
            "error: linking with `cc` failed: exit status: 1",
            "src/index.ts(3,5): error TS2304: Cannot find name 'x'.",
            "src/index.ts:3:5 - error TS2304: Cannot find name 'x'.",
            "  3:5  error  'x' is not defined  no-undef",
            "main.c:3:10: fatal error: none.h: No such file or directory",
            "./main.go:5:2: undefined: foo",
            "Foo.java:3: error: ';' expected",
            "npm error code EUSAGE",
            "npm ERR! code ERESOLVE",
            "ERROR: No matching distribution found for none==1.0",
            "error Couldn't find package \"none\" on the \"npm\" registry.",
            "ERROR in ./src/index.ts 3:5-8",
            "\u{2718} [ERROR] Could not resolve \"none\"",
            "error during build:",
            "  × Error: Cannot find module 'none'",
            "SyntaxError: invalid syntax",
            "Error [ERR_MODULE_NOT_FOUND]: Cannot find package",
            "CMake Error at CMakeLists.txt:3 (find_package):",
            "/home/warner/a.c:1:1: error: expected ';'",
            "Child stderr: /bin/sh: 1: none: not found",
            "bash: line 1: none: command not found",
        ] {
            assert!(reports_an_error(line), "{line}");
        }
    }

    #[test]
    fn to_mention_one_is_none() {
        for line in [
            "found 0 errors",
            "0 error(s), no error found",
            "   Compiling thiserror v2.0.0",
            "   Compiling error-chain v0.12.4",
            "cc -Werror -Wno-error=unused -c src/error.c",
            "  adding: node_modules/none/error.js",
            "warning: unused import: error::Error",
            "npm warn Error: this is only a warning",
            "{\"error\":null}",
            "copying errors: done",
            "server.go:12: listening",
            "checking for none... not found",
            "GET /: not found, trying /mcp",
            "ok  example.com/main.go  0.1s",
        ] {
            assert!(!reports_an_error(line), "{line}");
        }
    }

    /// What is told of a command that printed `text` in blocks of so many lines.
    fn told(text: &str, lines_in_a_block: usize) -> Vec<String> {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let mut first = FirstError::default();
        let shown = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
        lines
            .chunks(lines_in_a_block)
            .for_each(|block| first.take(block.concat().as_bytes(), shown));
        let last = lines.iter().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty());
        let last: Vec<String> = last.collect();
        first.and_last(last[last.len().saturating_sub(LINES_SHOWN)..].to_vec())
    }

    #[test]
    fn an_error_that_is_far_from_the_end_comes_before_the_end() {
        let more: String = (1..40).map(|n| format!("{n}\n\n")).collect();
        let text = format!("Compiling thiserror\n0 errors\nerror: this\n\n{more}");
        for size in [1, 2, 3, 7, 100] {
            let wanted = ["error: this", "1", "2", "3", "4", "5", "…", "37", "38", "39"];
            assert_eq!(told(&text, size), wanted, "{size}");
        }
    }

    #[test]
    fn the_end_alone_is_told_where_it_has_the_error_or_none_is_known() {
        let lines =
            |from: usize, to: usize| -> Vec<String> { (from..to).map(|n| n.to_string()).collect() };
        let text = |lines: &[String]| lines.join("\n") + "\n";
        assert_eq!(told(&text(&lines(0, 30)), 4), lines(20, 30));
        let short = [vec!["error: this".to_owned()], lines(0, 9)].concat();
        assert_eq!(told(&text(&[lines(0, 5), short.clone()].concat()), 4), short);
        assert_eq!(told(&text(&short[..3]), 4), short[..3]);
        assert_eq!(told("", 4), lines(0, 0));
    }

    #[test]
    fn a_log_is_told_in_as_many_lines_as_there_is_room_for() {
        let numbers =
            |from: usize, to: usize| (from..to).map(|n| n.to_string()).collect::<Vec<_>>();
        let log = [numbers(0, 9), vec!["KeyError: 'X'".to_owned()], numbers(10, 30)].concat();
        assert_eq!(telling(&log, 5), ["KeyError: 'X'", "10", "11", "…", "29"]);
        assert_eq!(telling(&log, 21), log[9..]);
        assert_eq!(telling(&log[..20], 12), log[8..20]);
        for most in 0..3 {
            assert_eq!(telling(&log, most).len(), most);
        }
        assert_eq!(telling(&[], 5), numbers(0, 0));
    }
}
