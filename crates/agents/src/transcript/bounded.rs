//! A bounded reader of JSON: a value may have any size, and only a part of it is kept.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::trim::{NODE, trim};

/// A value of which at most so much is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bounded {
    /// What is kept of it.
    pub value: Value,
    /// How much of the limit that took, in bytes.
    pub used: usize,
    /// Whether something was cut off.
    pub cut: bool,
}

impl Bounded {
    /// Keeps no more than `limit` bytes of it.
    pub fn within(mut self, limit: usize) -> Self {
        if self.used > limit {
            let mut left = limit;
            self.cut |= trim(&mut self.value, &mut left);
            self.used = limit - left;
        }
        self
    }
}

/// Reads a value and keeps at most so many bytes of it, by the rules of [`trim`]. The rest is looked
/// at as closely, so that a line is malformed whether or not it is kept.
#[derive(Clone, Copy, Debug)]
pub struct Limit(pub usize);

impl<'de> DeserializeSeed<'de> for Limit {
    type Value = Bounded;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Bounded, D::Error> {
        let (mut left, mut cut) = (self.0, false);
        let value = from.deserialize_any(Part { left: &mut left, cut: &mut cut, each: None })?;
        Ok(Bounded { value, used: self.0 - left, cut })
    }
}

/// Reads an object, and keeps at most so many bytes of each of its fields, so that none leaves
/// nothing for the others. Their names are kept besides.
#[derive(Clone, Copy, Debug)]
pub struct EachField(pub usize);

impl EachField {
    /// The most fields of the full size that are kept.
    const FIELDS: usize = 100;
}

impl<'de> DeserializeSeed<'de> for EachField {
    type Value = Bounded;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Bounded, D::Error> {
        let whole = self.0 * Self::FIELDS;
        let (mut left, mut cut) = (whole, false);
        let part = Part { left: &mut left, cut: &mut cut, each: Some(self.0) };
        let value = from.deserialize_any(part)?;
        Ok(Bounded { value, used: whole - left, cut })
    }
}

/// One value, and what is left of the limit.
struct Part<'a> {
    left: &'a mut usize,
    cut: &'a mut bool,
    /// As much for each field, if it is an object.
    each: Option<usize>,
}

impl Part<'_> {
    /// Takes one value off what is left; false if it cannot be kept.
    fn fits(&mut self) -> bool {
        let fits = *self.left >= NODE;
        *self.left -= if fits { NODE } else { 0 };
        *self.cut |= !fits;
        fits
    }

    /// A value in it.
    fn part(&mut self) -> Part<'_> {
        Part { left: self.left, cut: self.cut, each: None }
    }

    fn fields_apart<'de, A>(self, each: usize, mut fields: A) -> Result<Value, A::Error>
    where
        A: MapAccess<'de>,
    {
        let mut kept = Map::new();
        while let Some(name) = fields.next_key_seed(Name(&mut usize::MAX.clone()))? {
            let limit = each.min(*self.left);
            let value = fields.next_value_seed(Limit(limit))?;
            *self.left -= value.used;
            *self.cut |= value.cut;
            if let Some(name) = name.filter(|_| limit > 0) {
                let before = kept.insert(name, value.value);
                *self.left += before.map_or(0, size);
            }
        }
        Ok(kept.into())
    }

    fn small(mut self, value: impl Into<Value>) -> Value {
        if self.fits() { value.into() } else { Value::Null }
    }
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(self.small(()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(self.small(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(self.small(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(self.small(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(self.small(Number::from_f64(value).map(Value::Number)))
    }

    fn visit_str<E>(mut self, text: &str) -> Result<Value, E> {
        if !self.fits() {
            return Ok(Value::Null);
        }
        let kept = &text[..text.floor_char_boundary(*self.left)];
        *self.left -= kept.len();
        *self.cut |= kept.len() < text.len();
        Ok(kept.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut values: A) -> Result<Value, A::Error> {
        if !self.fits() {
            return pass_over_seq(values);
        }
        let mut kept = Vec::new();
        let mut fits = *self.left >= NODE;
        while let Some(value) = values.next_element_seed(self.part())? {
            if fits {
                kept.push(value);
            }
            fits = *self.left >= NODE;
        }
        if !fits {
            kept.truncate(kept.iter().rposition(|value| !value.is_null()).map_or(0, |at| at + 1));
        }
        Ok(kept.into())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<Value, A::Error> {
        if let Some(each) = self.each {
            return self.fields_apart(each, fields);
        }
        if !self.fits() {
            return pass_over_map(fields);
        }
        let mut kept = Map::new();
        while let Some(name) = fields.next_key_seed(Name(self.left))? {
            let Some(name) = name else {
                *self.cut |= fields.next_value_seed(Limit(0))?.cut;
                continue;
            };
            let (length, value) = (name.len(), fields.next_value_seed(self.part())?);
            // Of two with the same name the later one counts, alone.
            if let Some(before) = kept.insert(name, value) {
                *self.left += length + size(before);
            }
        }
        Ok(kept.into())
    }
}

/// How much of a limit `value` takes, in bytes.
fn size(mut value: Value) -> usize {
    let mut left = usize::MAX;
    trim(&mut value, &mut left);
    usize::MAX - left
}

/// Looks at the values and keeps none.
fn pass_over_seq<'de, A: SeqAccess<'de>>(mut values: A) -> Result<Value, A::Error> {
    while values.next_element_seed(Limit(0))?.is_some() {}
    Ok(Value::Null)
}

/// Looks at the fields and keeps none.
fn pass_over_map<'de, A: MapAccess<'de>>(mut fields: A) -> Result<Value, A::Error> {
    while fields.next_key_seed(Name(&mut 0))?.is_some() {
        fields.next_value_seed(Limit(0))?;
    }
    Ok(Value::Null)
}

/// The name of a field, if what is left has room for it.
struct Name<'a>(&'a mut usize);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        let fits = name.len() <= *self.0;
        *self.0 -= if fits { name.len() } else { 0 };
        Ok(fits.then(|| name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str, limit: usize) -> serde_json::Result<Bounded> {
        let mut from = serde_json::Deserializer::from_str(text);
        let value = Limit(limit).deserialize(&mut from)?;
        from.end().map(|()| value)
    }

    #[test]
    fn keeps_what_would_be_left_of_the_whole() {
        let whole = json!({
            "content": [{"type": "text", "text": "ein Stück Text"}, {"n": [1, -2, 0.5, null]}],
            "": [], "structured_content": {"a": [[], [true, null, null]], "long name": "ü"}
        });
        let text = whole.to_string();
        for limit in (0..1200).chain([10_000]) {
            let (mut trimmed, mut left) = (whole.clone(), limit);
            let cut = trim(&mut trimmed, &mut left);
            let kept = read(&text, limit).unwrap();
            assert_eq!(
                (&kept.value, kept.used, kept.cut),
                (&trimmed, limit - left, cut),
                "{limit}"
            );
            let again = read(&text, 10_000).unwrap().within(limit);
            assert_eq!((again.value, again.used, again.cut), (trimmed, limit - left, cut));
        }
    }

    #[test]
    fn what_is_not_kept_must_be_right_all_the_same() {
        let deep = "[".repeat(200) + &"]".repeat(200);
        for wrong in [r#""\ud800""#, "1e999", "tru", "{\"a\":1,}", &deep] {
            for text in [wrong.to_owned(), format!("[[{wrong}]]"), format!("{{\"a\":{wrong}}}")] {
                assert!(read(&text, 0).is_err(), "{text}");
                assert!(serde_json::from_str::<Value>(&text).is_err(), "{text}");
            }
        }
    }
}
