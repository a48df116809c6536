//! Stelae's form of a .env file: `KEY=value` lines that its shell scripts source as well.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, bail};
use camino::Utf8Path;

/// One line of a .env file, its value expanded.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The name before the `=`.
    pub key: String,
    /// The value, quotes stripped and `${NAME}` expanded.
    pub value: String,
    /// The line it stands on, counted from 1.
    pub line: usize,
}

/// Reads the file at `path`; `${NAME}` expands from the file, then from `outer`, else to nothing.
///
/// # Errors
/// The file cannot be read or is not UTF-8, a line has no `=` or no valid name, or values expand
/// in a cycle. Errors name the file and the line.
pub fn read(path: &Utf8Path, outer: &dyn Fn(&str) -> Option<String>) -> Result<Vec<Entry>> {
    let text = fs::read_to_string(path).with_context(|| format!("read {path}"))?;
    parse(&text, outer).map_err(|error| anyhow::anyhow!("{path}:{error}"))
}

/// Parses the text of a .env file. Errors start with the line number.
///
/// # Errors
/// See [`read`].
pub fn parse(text: &str, outer: &dyn Fn(&str) -> Option<String>) -> Result<Vec<Entry>> {
    let raw = text
        .lines()
        .enumerate()
        .filter_map(|(index, line)| split(line, index + 1).transpose())
        .collect::<Result<Vec<_>>>()?;
    let values = raw.iter().map(|entry| (entry.key.as_str(), entry)).collect();
    let expander = Expander { values, known: RefCell::default(), outer };
    raw.iter()
        .map(|entry| {
            let value = expander.expand(&entry.value, &mut vec![&entry.key], entry.line)?;
            Ok(Entry { value, ..entry.clone() })
        })
        .collect()
}

/// Writes `value` so that this parser and bash both read it back: quoted when bash would split it.
pub fn quote(value: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:=@%+,{}$".contains(c);
    if value.chars().all(plain) { value.to_owned() } else { format!("\"{value}\"") }
}

fn split(line: &str, number: usize) -> Result<Option<Entry>> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let line = line.strip_prefix("export ").unwrap_or(line);
    let Some((key, value)) = line.split_once('=') else {
        bail!("{number}: expected KEY=value");
    };
    let key = key.trim();
    if !is_name(key) {
        bail!("{number}: `{}` is not a variable name", key.escape_debug());
    }
    let value = value.trim().trim_matches('"').to_owned();
    Ok(Some(Entry { key: key.to_owned(), value, line: number }))
}

fn is_name(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The longest value in bytes, references expanded: no system passes a longer one on.
const LONGEST: usize = 128 * 1024;

/// How many references may lead to a value.
const DEEPEST: usize = 64;

struct Expander<'a> {
    values: BTreeMap<&'a str, &'a Entry>,
    /// What was expanded before: a value may be referred to any number of times.
    known: RefCell<BTreeMap<&'a str, String>>,
    outer: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Expander<'a> {
    fn expand(&self, value: &str, path: &mut Vec<&'a str>, line: usize) -> Result<String> {
        let mut expanded = String::new();
        let mut rest = value;
        while let Some((before, name, after)) = next_reference(rest) {
            expanded.push_str(before);
            expanded.push_str(&self.resolve(name, path, line)?);
            rest = after;
            if expanded.len() > LONGEST {
                break;
            }
        }
        expanded.push_str(rest);
        if expanded.len() > LONGEST {
            bail!("{line}: the value is longer than {LONGEST} bytes");
        }
        Ok(expanded)
    }

    /// A name that refers to itself means the outer value, as in `PATH=${PATH}:more`.
    fn resolve(&self, name: &str, path: &mut Vec<&'a str>, line: usize) -> Result<String> {
        let outer = || (self.outer)(name).unwrap_or_default();
        let Some((key, entry)) = self.values.get_key_value(name) else { return Ok(outer()) };
        if path.last() == Some(key) {
            return Ok(outer());
        }
        if path.contains(key) {
            bail!("{line}: {} expands in a cycle ({} -> {key})", path[0], path.join(" -> "));
        }
        if let Some(known) = self.known.borrow().get(key) {
            return Ok(known.clone());
        }
        if path.len() > DEEPEST {
            bail!("{line}: {} expands over more than {DEEPEST} references", path[0]);
        }
        path.push(key);
        let expanded = self.expand(&entry.value, path, entry.line)?;
        path.pop();
        self.known.borrow_mut().insert(key, expanded.clone());
        Ok(expanded)
    }
}

fn next_reference(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let start = from + text[from..].find("${")?;
        let end = start + text[start..].find('}')?;
        let name = &text[start + 2..end];
        if is_name(name) {
            return Some((&text[..start], name, &text[end + 1..]));
        }
        from = start + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    fn values(text: &str) -> Vec<(String, String)> {
        let outer = |key: &str| (key == "HOME").then(|| "/home/u".to_owned());
        let entries = parse(text, &outer).unwrap();
        entries.into_iter().map(|entry| (entry.key, entry.value)).collect()
    }

    fn error(text: &str) -> String {
        parse(text, &|_| None).unwrap_err().to_string()
    }

    #[test]
    fn reads_names_comments_and_quotes() {
        let text = "# c\n\n A = 1 \nexport B=\"two words\"\nC=a=b\n";
        let pairs = [("A", "1"), ("B", "two words"), ("C", "a=b")];
        assert_eq!(values(text), pairs.map(|(k, v)| (k.to_owned(), v.to_owned())));
    }

    #[test]
    fn expands_from_the_file_then_from_outside() {
        let text = "A=${B}/a\nB=${HOME}/b\nC=${NOWHERE}x ${not-a-name}\n";
        let pairs = [("A", "/home/u/b/a"), ("B", "/home/u/b"), ("C", "x ${not-a-name}")];
        assert_eq!(values(text), pairs.map(|(k, v)| (k.to_owned(), v.to_owned())));
    }

    #[test]
    fn a_name_that_refers_to_itself_means_the_outer_value() {
        assert_eq!(values("HOME=${HOME}/x")[0].1, "/home/u/x");
    }

    #[test]
    fn a_cycle_names_its_members() {
        let message = error("A=${B}\nB=${C}\nC=${A}\n");
        assert!(message.contains("A -> B -> C -> A"), "{message}");
    }

    #[test]
    fn a_malformed_line_is_named() {
        assert_eq!(error("A=1\nnonsense\n"), "2: expected KEY=value");
        assert!(error("1A=x").starts_with("1: `1A` is not a variable name"));
    }

    #[test]
    fn holds_against_whatever_is_in_a_file() {
        let samples: [&[u8]; 2] =
            [b"# c\nexport A=\"${B}/x\"\nB=${HOME}\n", b"A=${B}${B}\nB=${C}${C}\nC=${D}${D}\n"];
        fuzz::hold(&samples, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let parsed = parse(&text, &|_| Some("/home".to_owned()));
            assert!(parsed.is_ok_and(|e| e.len() <= text.lines().count()) || !text.is_empty());
        });
    }

    #[test]
    fn values_that_grow_with_every_reference_are_refused() {
        let doubled = |n: usize| format!("A{n}=${{A{}}}${{A{}}}\n", n + 1, n + 1);
        let text: String = (0..60).map(doubled).collect();
        // Without an end there is nothing that could grow, and it takes no time either.
        assert_eq!(values(&text)[0].1, "");
        let text = format!("{text}A60=x\n");
        assert!(error(&text).contains("longer than"), "{}", error(&text));
    }

    #[test]
    fn a_chain_of_references_of_any_length_ends() {
        let text: String = (0..100_000).map(|n| format!("A{n}=${{A{}}}\n", n + 1)).collect();
        assert!(error(&text).contains("more than 64 references"));
    }

    #[test]
    fn quotes_what_bash_would_split() {
        assert_eq!(quote("/a/b"), "/a/b");
        assert_eq!(quote("/a b"), "\"/a b\"");
    }
}
