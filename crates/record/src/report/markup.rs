//! Markup in which nothing from outside is markup: HTML, SVG and XML.

use std::fmt::{Display, Write};

use smoke_core::text::deceptive::deceives;

/// A piece of markup. Only literals of this program get into it as they are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Markup(String);

impl Markup {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a literal as it is.
    pub fn raw(&mut self, literal: &'static str) -> &mut Self {
        self.0.push_str(literal);
        self
    }

    /// Adds text from anywhere, which stays text: between tags or in a quoted attribute.
    pub fn text(&mut self, text: impl AsRef<str>) -> &mut Self {
        text.as_ref().chars().for_each(|c| push(&mut self.0, c));
        self
    }

    /// Adds a number.
    pub fn number(&mut self, number: impl Into<f64>) -> &mut Self {
        // Two decimals are finer than any screen.
        let rounded = (number.into() * 100.0).round() / 100.0;
        self.show(if rounded.is_finite() { rounded } else { 0.0 })
    }

    /// Adds another piece.
    pub fn add(&mut self, other: &Markup) -> &mut Self {
        self.0.push_str(&other.0);
        self
    }

    /// Adds an element that has only text in it: `open` is its start tag as a literal.
    pub fn element(
        &mut self,
        open: &'static str,
        text: impl AsRef<str>,
        close: &'static str,
    ) -> &mut Self {
        self.raw(open).text(text).raw(close)
    }

    /// Its length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The whole.
    pub fn into_string(self) -> String {
        self.0
    }

    fn show(&mut self, number: impl Display) -> &mut Self {
        // Writing into a string does not fail.
        let _ = write!(self.0, "{number}");
        self
    }
}

/// What is markup becomes an entity. What could not be seen, or would turn the text around, and what
/// XML does not allow at all becomes an escape that can be read.
fn push(out: &mut String, c: char) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '\'' => out.push_str("&#39;"),
        '\n' | '\t' => out.push(c),
        '\r' => {}
        c if c.is_control() || deceives(c) || matches!(c, '\u{fffe}' | '\u{ffff}') => {
            out.extend(c.escape_unicode());
        }
        c => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        let mut markup = Markup::new();
        markup.raw("<p title=\"").text("\" onload='x'").raw("\">").text("</p><script>&\u{1b}[1m");
        assert_eq!(
            markup.into_string(),
            "<p title=\"&quot; onload=&#39;x&#39;\">&lt;/p&gt;&lt;script&gt;&amp;\\u{1b}[1m"
        );
    }

    #[test]
    fn what_xml_does_not_allow_is_escaped() {
        let mut markup = Markup::new();
        markup.text("a\0b\u{b}c\u{ffff}d\u{202e}e\r\nf\u{200b}g");
        assert_eq!(markup.into_string(), "a\\u{0}b\\u{b}c\\u{ffff}d\\u{202e}e\nf\\u{200b}g");
    }

    #[test]
    fn numbers_are_short_and_finite() {
        let mut markup = Markup::new();
        markup.number(1.0 / 3.0).raw(" ").number(2).raw(" ").number(f64::NAN);
        assert_eq!(markup.into_string(), "0.33 2 0");
    }
}
