//! One line of a transcript, as far as this project looks at it.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::bounded::{Bounded, EachField, Limit};

/// How much is kept of a text, in bytes: these are small in any transcript that means well.
const TEXT_LIMIT: usize = 16 * 1024;
/// How much is kept of one call's arguments, in bytes.
const ARGUMENTS_LIMIT: usize = 1024 * 1024;
/// How much is kept of one result's content, and as much of its structured content, in bytes.
pub const RESULT_LIMIT: usize = 64 * 1024;
/// How much of any other value is looked at, in bytes.
const OTHER: Limit = Limit(1024 * 1024);

/// An event. Fields that are not named here are passed over without being kept.
#[derive(Debug, Default)]
pub struct Event<'a> {
    /// `item.completed`, `turn.failed` and so on.
    pub kind: Cow<'a, str>,
    pub thread_id: Cow<'a, str>,
    pub message: Cow<'a, str>,
    pub usage: Value,
    pub error: Value,
    pub item: Option<Item<'a>>,
}

/// The item of an event.
#[derive(Debug, Default)]
pub struct Item<'a> {
    pub id: Cow<'a, str>,
    pub kind: Cow<'a, str>,
    pub server: Cow<'a, str>,
    pub tool: Cow<'a, str>,
    pub arguments: Bounded,
    pub status: Cow<'a, str>,
    pub result: Bounded,
    pub error: Value,
    pub duration_ms: Value,
    pub message: Cow<'a, str>,
    pub text: Cow<'a, str>,
}

/// How a line is read.
#[derive(Clone, Copy, Debug)]
pub struct Mode {
    /// Whether arguments and results are kept.
    pub keep: bool,
    /// Whether a known field of an unknown form is taken as absent, and not as a fault of the line.
    /// Every value is looked at closely then.
    pub lenient: bool,
}

/// Reads a line. None if it is not a JSON object with a type.
pub fn parse(line: &[u8], mode: Mode) -> Option<Event<'_>> {
    if line.first() != Some(&b'{') {
        return None;
    }
    let mut from = serde_json::Deserializer::from_slice(line);
    let event = EventForm(mode).deserialize(&mut from).ok()?;
    from.end().ok()?;
    (!event.kind.is_empty()).then_some(event)
}

/// Reads an event.
struct EventForm(Mode);

impl<'de> DeserializeSeed<'de> for EventForm {
    type Value = Event<'de>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Event<'de>, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for EventForm {
    type Value = Event<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Event<'de>, A::Error> {
        let (mode, mut event, mut seen) = (self.0, Event::default(), Seen::default());
        while let Some(field) = fields.next_key()? {
            match field {
                EventField::Other => pass_over(mode, &mut fields)?,
                _ => seen.check(field as usize, mode)?,
            }
            match field {
                EventField::Type => event.kind = fields.next_value_seed(Text(mode))?,
                EventField::ThreadId => event.thread_id = fields.next_value_seed(Text(mode))?,
                EventField::Message => event.message = fields.next_value_seed(Text(mode))?,
                EventField::Usage => event.usage = fields.next_value_seed(OTHER)?.value,
                EventField::Error => event.error = fields.next_value_seed(OTHER)?.value,
                EventField::Item => event.item = fields.next_value_seed(ItemForm(mode))?,
                EventField::Other => {}
            }
        }
        Ok(event)
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum EventField {
    Type,
    ThreadId,
    Message,
    Usage,
    Error,
    Item,
    #[serde(other)]
    Other,
}

/// Reads an item; none if it is no object.
struct ItemForm(Mode);

impl<'de> DeserializeSeed<'de> for ItemForm {
    type Value = Option<Item<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        if self.0.lenient { from.deserialize_any(self) } else { from.deserialize_option(self) }
    }
}

impl<'de> Visitor<'de> for ItemForm {
    type Value = Option<Item<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an item")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Self::Value, A::Error> {
        while values.next_element_seed(Limit(0))?.is_some() {}
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let (mode, mut item, mut seen) = (self.0, Item::default(), Seen::default());
        let arguments = Limit(if mode.keep { ARGUMENTS_LIMIT } else { 0 });
        let result = EachField(if mode.keep { RESULT_LIMIT } else { 0 });
        while let Some(field) = fields.next_key()? {
            match field {
                ItemField::Other => pass_over(mode, &mut fields)?,
                _ => seen.check(field as usize, mode)?,
            }
            match field {
                ItemField::Id => item.id = fields.next_value_seed(Text(mode))?,
                ItemField::Type => item.kind = fields.next_value_seed(Text(mode))?,
                ItemField::Server => item.server = fields.next_value_seed(Text(mode))?,
                ItemField::Tool => item.tool = fields.next_value_seed(Text(mode))?,
                ItemField::Arguments => item.arguments = fields.next_value_seed(arguments)?,
                ItemField::Status => item.status = fields.next_value_seed(Text(mode))?,
                ItemField::Result => item.result = fields.next_value_seed(result)?,
                ItemField::Error => item.error = fields.next_value_seed(OTHER)?.value,
                ItemField::DurationMs => item.duration_ms = fields.next_value_seed(OTHER)?.value,
                ItemField::Message => item.message = fields.next_value_seed(Text(mode))?,
                ItemField::Text => item.text = fields.next_value_seed(Text(mode))?,
                ItemField::Other => {}
            }
        }
        Ok(Some(item))
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum ItemField {
    Id,
    Type,
    Server,
    Tool,
    Arguments,
    Status,
    Result,
    Error,
    DurationMs,
    Message,
    Text,
    #[serde(other)]
    Other,
}

/// Which fields were there already. Of two with the same name the later one counts, leniently.
#[derive(Default)]
struct Seen(u32);

impl Seen {
    fn check<E: Error>(&mut self, field: usize, mode: Mode) -> Result<(), E> {
        let before = self.0;
        self.0 |= 1 << field;
        match before == self.0 && !mode.lenient {
            true => Err(E::custom("a field is there twice")),
            false => Ok(()),
        }
    }
}

fn pass_over<'de, A: MapAccess<'de>>(mode: Mode, fields: &mut A) -> Result<(), A::Error> {
    if mode.lenient {
        fields.next_value_seed(Limit(0)).map(drop)
    } else {
        fields.next_value::<IgnoredAny>().map(drop)
    }
}

/// Reads a text. Leniently a number is one too, and anything else is an empty one.
struct Text(Mode);

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        if !self.0.lenient {
            return from.deserialize_str(self);
        }
        Ok(match OTHER.deserialize(from)?.value {
            Value::String(text) => bounded(&text).to_owned().into(),
            Value::Number(number) => number.to_string().into(),
            _ => Cow::default(),
        })
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(bounded(text).into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(bounded(text).to_owned().into())
    }
}

/// The beginning of a text that is too large to be kept.
pub fn bounded(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT_LIMIT)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: Mode = Mode { keep: true, lenient: false };
    const LENIENT: Mode = Mode { keep: true, lenient: true };

    #[test]
    fn odd_forms_of_known_fields_are_tolerated_leniently() {
        let line = br#"{"type":"x","type":"item.completed","message":{},"item":{"id":7,"type":"x","text":null}}"#;
        assert!(parse(line, STRICT).is_none());
        let item = parse(line, LENIENT).unwrap().item.unwrap();
        assert_eq!((&*item.id, &*item.kind, &*item.text), ("7", "x", ""));
        for odd in ["\"x\"", "null", "[{}]", "1", "-1", "0.5", "true"] {
            let line = format!(r#"{{"type":"a","item":{odd}}}"#);
            assert!(parse(line.as_bytes(), LENIENT).unwrap().item.is_none());
            assert_eq!(parse(line.as_bytes(), STRICT).is_some(), odd == "null", "{odd}");
        }
    }

    #[test]
    fn what_is_no_event_is_none() {
        for line in
            ["", "null", "1", "[\"error\"]", "{}", "{\"type\":1", "{\"type\":{}}", "warning: {}"]
        {
            for mode in [STRICT, LENIENT] {
                assert!(parse(line.as_bytes(), mode).is_none(), "{line}");
            }
        }
    }
}
