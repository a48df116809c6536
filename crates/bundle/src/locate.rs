//! The place of a value in the text of a JSON document.

use std::fs;

use camino::Utf8Path;

use crate::json_file::{end_of, without_mark};

/// One step from a value to a part of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// To the value under this key of an object.
    Key(String),
    /// To the item at this place of an array.
    Index(usize),
}

/// The steps that `path`, such as `args[1]` or `env.KEY`, stands for.
pub fn steps(path: &str) -> Vec<Step> {
    let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
    let (key, index) = head.split_once('[').map_or((head, None), |(key, index)| (key, Some(index)));
    let mut steps = Vec::new();
    if !key.is_empty() {
        steps.push(Step::Key(key.to_owned()));
    }
    steps.extend(index.and_then(|index| index.trim_end_matches(']').parse().ok()).map(Step::Index));
    // What follows a first dot is one key more, whatever characters it has, except below a list.
    match rest {
        Some(rest) if index.is_none() => steps.push(Step::Key(rest.to_owned())),
        Some(rest) => steps.extend(self::steps(rest)),
        None => {}
    }
    steps
}

/// The place in words, with a colon behind it.
pub fn show(place: &[Step]) -> String {
    let mut text = String::new();
    for step in place {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => text.extend([".", key]),
            Step::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    if text.is_empty() { text } else { text + ": " }
}

/// What is wrong at `place` in `text`, which came from the file at `path`, with its line and column.
pub fn fault(path: &Utf8Path, text: &str, place: &[Step], what: &str) -> String {
    let at = position(text, place).map_or(String::new(), |(line, col)| format!(":{line}:{col}"));
    format!("{path}{at}: {}{what}", show(place))
}

/// [`fault`] in a file whose text is not at hand any more.
pub fn fault_in(path: &Utf8Path, place: &[Step], what: &str) -> String {
    fault(path, &fs::read_to_string(path).unwrap_or_default(), place, what)
}

/// The line and the column, both from 1 and in characters, of the value at `place` in `text`,
/// which is valid JSON. Nothing when there is no such value.
pub fn position(text: &str, place: &[Step]) -> Option<(usize, usize)> {
    let text = without_mark(text);
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0 };
    for step in place {
        scanner.enter(step)?;
    }
    scanner.space();
    text.get(..scanner.at).map(end_of)
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&mut self) -> Option<u8> {
        self.space();
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    /// Moves from the start of a value to the start of a part of it.
    fn enter(&mut self, step: &Step) -> Option<()> {
        let open = self.peek()?;
        self.at += 1;
        for index in 0.. {
            if matches!(self.peek()?, b'}' | b']') {
                return None;
            }
            let found = match step {
                Step::Key(key) if open == b'{' => self.key()? == *key,
                Step::Index(wanted) if open == b'[' => index == *wanted,
                _ => return None,
            };
            if found {
                return Some(());
            }
            self.skip()?;
            if self.peek()? == b',' {
                self.at += 1;
            }
        }
        None
    }

    /// Reads a key and the colon behind it.
    fn key(&mut self) -> Option<String> {
        self.space();
        let start = self.at;
        self.skip()?;
        let key = serde_json::from_slice(&self.bytes[start..self.at]).ok();
        self.space();
        self.at += 1;
        key
    }

    /// Moves behind a value.
    fn skip(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => self.string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' => self.at += 1,
                _ => self.word(),
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn string(&mut self) -> Option<()> {
        self.at += 1;
        while *self.bytes.get(self.at)? != b'"' {
            self.at += if self.bytes[self.at] == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
        Some(())
    }

    fn word(&mut self) {
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b",:]}".contains(byte);
        while self.bytes.get(self.at).is_some_and(|byte| !ends(byte)) {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_value() {
        let text = "{\n  \"ü\\\"\": [1, {\"x\": \"]\"}],\n  \"b\": {\"c\": -1.5e3, \"d\": null}\n}";
        for (place, expected) in [
            (vec![], Some((1, 1))),
            (vec![Step::Key("ü\"".into())], Some((2, 10))),
            (vec![Step::Key("ü\"".into()), Step::Index(1)], Some((2, 14))),
            (vec![Step::Key("b".into()), Step::Key("d".into())], Some((3, 27))),
            (vec![Step::Key("b".into()), Step::Index(0)], None),
            (vec![Step::Key("z".into())], None),
            (vec![Step::Key("ü\"".into()), Step::Index(9)], None),
        ] {
            assert_eq!(position(text, &place), expected, "{place:?}");
        }
    }

    #[test]
    fn reads_and_shows_a_path() {
        for path in ["", "name", "args[1]", "env.A.B", "tools[0].name"] {
            assert_eq!(show(&steps(path)).trim_end_matches(": "), path);
        }
        assert_eq!(steps("env.A.B"), [Step::Key("env".into()), Step::Key("A.B".into())]);
    }
}
