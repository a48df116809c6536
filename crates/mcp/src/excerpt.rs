//! Foreign text made safe to show: short, on one line, without terminal control.

use std::borrow::Cow;

use smoke_core::text::deceptive::deceives;

/// How many characters of a foreign text are kept.
const LIMIT: usize = 300;

/// At most 300 characters of `text`, trimmed, with control characters written as escapes.
pub fn excerpt(text: &str) -> String {
    let mut characters = text.trim().chars();
    let mut shown: String = characters.by_ref().take(LIMIT).flat_map(escaped).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

/// The text of a page, for whoever answers with one where no page was asked for; other text as it is.
pub fn without_markup(text: &str) -> Cow<'_, str> {
    if !text.trim_start().starts_with(['<', '\u{feff}']) {
        return text.into();
    }
    let pieces = text.split('<').map(|piece| piece.split_once('>').map_or("", |(_, after)| after));
    let words: Vec<&str> = pieces.flat_map(str::split_whitespace).collect();
    if words.is_empty() { text.into() } else { words.join(" ").into() }
}

/// A character, or its escape when it could move the cursor or turn the text around.
fn escaped(character: char) -> impl Iterator<Item = char> {
    let hidden = character.is_control() || deceives(character);
    let escape = hidden.then(|| character.escape_default());
    let plain = (!hidden).then_some(character);
    escape.into_iter().flatten().chain(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_control_characters_and_keeps_letters() {
        assert_eq!(excerpt(" grün\t\u{7}\u{202e}\u{9b}x\r\n"), "grün\\t\\u{7}\\u{202e}\\u{9b}x");
    }

    #[test]
    fn the_text_of_a_page_is_told() {
        let page = "<!DOCTYPE html>\n<html><title>Error</title>\n<pre>Cannot POST /</pre></html>";
        assert_eq!(without_markup(page), "Error Cannot POST /");
        for text in ["a < b > c", "<br>", "", "{\"a\":\"<b>\"}"] {
            assert_eq!(without_markup(text), text);
        }
    }

    #[test]
    fn is_bounded() {
        assert_eq!(excerpt(&"x".repeat(400)).chars().count(), 301);
        assert_eq!(excerpt(&"x".repeat(300)).chars().count(), 300);
    }
}
