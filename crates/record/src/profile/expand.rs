//! Placeholders: `{{KEY}}` stands for the value of a variable of the run, and `{{KEY:-TEXT}}` for
//! TEXT when the variable is not set or empty.

use std::fmt;

use smoke_core::environment::Environment;

/// A placeholder for which there is no value.
#[derive(Debug, PartialEq)]
pub struct Unset {
    /// Its name.
    pub key: String,
    /// The text it stands in.
    pub text: String,
}

impl fmt::Display for Unset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no value for the placeholder {{{{{}}}}} in `{}`", self.key, self.text)
    }
}

impl std::error::Error for Unset {}

/// Replaces every placeholder in `text`. The text after `:-` may have placeholders of its own.
///
/// # Errors
/// A placeholder names a variable that is not set.
pub fn expand(text: &str, environment: &Environment) -> Result<String, Unset> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once("{{") {
        let Some((inner, after)) = close(tail) else { break };
        let (key, default) = match inner.split_once(":-") {
            Some((key, default)) => (key.trim(), Some(default)),
            None => (inner.trim(), None),
        };
        let set = environment.get(key).filter(|value| default.is_none() || !value.is_empty());
        expanded.push_str(before);
        match (set, default) {
            (Some(value), _) => expanded.push_str(value),
            (None, Some(default)) => expanded.push_str(&expand(default, environment)?),
            (None, None) => return Err(Unset { key: key.to_owned(), text: text.to_owned() }),
        }
        rest = after;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

/// What is before the braces that close a placeholder, and what is after them. One that holds more
/// than a few others is no placeholder.
fn close(tail: &str) -> Option<(&str, &str)> {
    const DEEPEST: usize = 8;
    let (mut depth, mut at) = (0, 0);
    loop {
        let open = tail[at..].find("{{").map(|found| at + found);
        let end = at + tail[at..].find("}}")?;
        match open {
            Some(open) if open < end && depth == DEEPEST => return None,
            Some(open) if open < end => (depth, at) = (depth + 1, open + 2),
            _ if depth == 0 => return Some((&tail[..end], &tail[end + 2..])),
            _ => (depth, at) = (depth - 1, end + 2),
        }
    }
}

/// Replaces every placeholder in every one of `texts`.
///
/// # Errors
/// As [`expand`].
pub fn expand_all(texts: &[String], environment: &Environment) -> Result<Vec<String>, Unset> {
    texts.iter().map(|text| expand(text, environment)).collect()
}

#[cfg(test)]
mod tests {
    use smoke_core::environment::Origin;

    use super::*;

    #[test]
    fn replaces_placeholders_and_names_the_one_without_a_value() {
        let mut environment = Environment::default();
        environment.set("A", "1", Origin::Run);
        assert_eq!(expand("{{A}}-{{ A }}-{{", &environment).unwrap(), "1-1-{{");
        assert_eq!(expand("{{A:-2}}{{B:-2}}{{B:-}}", &environment).unwrap(), "12");
        assert_eq!(expand("{{B:-{{C:-{{A}}}}/x}}y", &environment).unwrap(), "1/xy");
        assert_eq!(expand(&"{{B:-".repeat(100_000), &environment).unwrap().len(), 500_000);
        let error = expand("x {{B}}", &environment).unwrap_err().to_string();
        assert_eq!(error, "no value for the placeholder {{B}} in `x {{B}}`");
    }
}
