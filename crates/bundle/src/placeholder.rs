//! Placeholders of the form `{{KEY}}`, with or without spaces inside the braces.

use std::borrow::Cow;
use std::ops::Range;

/// The keys that `text` names, in order.
pub fn keys(text: &str) -> impl Iterator<Item = &str> {
    Finder { text, from: 0 }.map(|(_, key)| key)
}

/// `text` with every placeholder replaced by what `value` gives for its key, or the first key that
/// has none. What is put in is not looked at again.
pub fn expand<'a>(
    text: &'a str,
    value: &mut dyn FnMut(&str) -> Option<String>,
) -> Result<Cow<'a, str>, &'a str> {
    let mut result = String::new();
    let mut done = 0;
    for (span, key) in (Finder { text, from: 0 }) {
        result.push_str(&text[done..span.start]);
        result.push_str(&value(key).ok_or(key)?);
        done = span.end;
    }
    if done == 0 {
        return Ok(Cow::Borrowed(text));
    }
    result.push_str(&text[done..]);
    Ok(Cow::Owned(result))
}

struct Finder<'a> {
    text: &'a str,
    from: usize,
}

impl<'a> Iterator for Finder<'a> {
    type Item = (Range<usize>, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(offset) = self.text[self.from..].find("{{") {
            let start = self.from + offset;
            if let Some((key, end)) = at(self.text, start + 2) {
                self.from = end;
                return Some((start..end, key));
            }
            self.from = start + 1;
        }
        None
    }
}

/// The key that starts at `from`, just behind two braces, and where its placeholder ends.
fn at(text: &str, from: usize) -> Option<(&str, usize)> {
    let inside = text[from..].trim_start();
    let length = inside.bytes().take_while(|&byte| is_key(byte)).count();
    let (key, rest) = inside.split_at(length);
    let rest = rest.trim_start().strip_prefix("}}")?;
    (!key.is_empty()).then_some((key, text.len() - rest.len()))
}

fn is_key(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shout(text: &str) -> Result<Cow<'_, str>, &str> {
        expand(text, &mut |key| (key != "GONE").then(|| format!("<{key}>")))
    }

    #[test]
    fn replaces_what_is_a_placeholder_and_nothing_else() {
        for (text, expected) in [
            ("plain", "plain"),
            ("{{A}}/{{ B_2 }}", "<A>/<B_2>"),
            ("{{{A}}}", "{<A>}"),
            ("{{a}} {{}} {{ A", "{{a}} {{}} {{ A"),
            ("ü{{A}}ü", "ü<A>ü"),
        ] {
            assert_eq!(shout(text).unwrap(), expected);
        }
    }

    #[test]
    fn names_the_key_that_has_no_value() {
        assert_eq!(shout("{{A}} {{GONE}}"), Err("GONE"));
    }

    #[test]
    fn does_not_look_into_a_value() {
        assert_eq!(expand("{{A}}", &mut |_| Some("{{B}}".into())).unwrap(), "{{B}}");
    }

    #[test]
    fn lists_the_keys() {
        assert_eq!(keys("{{A}} {{ B }} {{c}}").collect::<Vec<_>>(), ["A", "B"]);
    }
}
