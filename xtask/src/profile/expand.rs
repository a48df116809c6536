//! Placeholders: `{{KEY}}` stands for the value of a variable of the run.

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

/// Replaces every placeholder in `text`.
///
/// # Errors
/// A placeholder names a variable that is not set.
pub fn expand(text: &str, environment: &Environment) -> Result<String, Unset> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once("{{") {
        let Some((key, after)) = tail.split_once("}}") else { break };
        let key = key.trim();
        let unset = || Unset { key: key.to_owned(), text: text.to_owned() };
        expanded.push_str(before);
        expanded.push_str(environment.get(key).ok_or_else(unset)?);
        rest = after;
    }
    expanded.push_str(rest);
    Ok(expanded)
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
        let error = expand("x {{B}}", &environment).unwrap_err().to_string();
        assert_eq!(error, "no value for the placeholder {{B}} in `x {{B}}`");
    }
}
