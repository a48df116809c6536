//! A JSON file with one large member, such as the overlay with its servers.
//!
//! Parsed JSON takes about eight times the memory of its text. The entries of the large member
//! are therefore kept as text, and only the one that is looked at is parsed, so that an install
//! needs a small multiple of its bundle's size.

use std::collections::HashMap;

use anyhow::{Context, Result, anyhow};
use camino::Utf8Path;
use serde::ser::{Error, SerializeMap};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::json_file::{self, kind};
use crate::locate::{self, Step};

/// A JSON object whose member `key` is kept as text, entry by entry.
pub struct Document {
    /// Everything else; the large member has at most its place here, never its value.
    pub head: Map<String, Value>,
    /// The entries of the large member.
    pub entries: Entries,
    key: &'static str,
}

/// The entries of an object, each as compact JSON text.
#[derive(Default)]
pub struct Entries {
    by_name: HashMap<Box<str>, Entry>,
    next: usize,
}

struct Entry {
    order: usize,
    text: Box<str>,
}

impl Document {
    /// One without any member.
    pub fn empty(key: &'static str) -> Self {
        Self { head: Map::new(), entries: Entries::default(), key }
    }

    /// Reads the file at `path`, which may be missing.
    pub fn read(path: &Utf8Path, key: &'static str) -> Result<Self> {
        match json_file::read_text(path)? {
            Some(text) => Self::parse(path, &text, key),
            None => Self::parse(path, "{}", key),
        }
    }

    /// Reads `text`, which came from `path`.
    pub fn parse(path: &Utf8Path, text: &str, key: &'static str) -> Result<Self> {
        let (head, large) = split(path, text, key)?;
        let mut entries = Entries::default();
        if let Some(large) = large {
            let wrong = |place: &[Step], what: &str| {
                let wanted = format!("expected an object, found {what}; correct it");
                anyhow!(locate::fault(path, text, place, &wanted))
            };
            let own = Step::Key(key.to_owned());
            if !large.starts_with('{') {
                return Err(wrong(&[own], kind_of(large)));
            }
            for (name, value) in raw_members(large).with_context(|| format!("{path}: {key}"))? {
                let value: Value = serde_json::from_str(value.get())
                    .with_context(|| format!("{path}: {key}.{name}: not valid JSON"))?;
                if !value.is_object() && !value.is_null() {
                    return Err(wrong(&[own, Step::Key(name)], kind(&value)));
                }
                entries.insert(&name, &value);
            }
        }
        Ok(Self { head, entries, key })
    }

    /// The object `value`, which stands at `place` in the file at `path`.
    pub fn from_value(
        path: &Utf8Path,
        place: &[Step],
        value: &Value,
        key: &'static str,
    ) -> Result<Self> {
        let mut document = Self::empty(key);
        for (name, member) in value.as_object().into_iter().flatten() {
            if name != key {
                document.head.insert(name.clone(), member.clone());
                continue;
            }
            document.head.insert(name.clone(), Value::Null);
            let wrong = |steps: &[&str], found: &Value| {
                let steps = steps.iter().map(|&step| Step::Key(step.to_owned()));
                let place: Vec<_> = place.iter().cloned().chain(steps).collect();
                let what = format!("expected an object, found {}; correct it", kind(found));
                anyhow!(locate::fault_in(path, &place, &what))
            };
            if !member.is_object() && !member.is_null() {
                return Err(wrong(&[key], member));
            }
            for (name, entry) in member.as_object().into_iter().flatten() {
                if !entry.is_object() && !entry.is_null() {
                    return Err(wrong(&[key, name], entry));
                }
                document.entries.insert(name, entry);
            }
        }
        Ok(document)
    }

    /// The bytes of the file that holds the document.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec_pretty(self).context("write JSON")?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

impl Entries {
    /// The entry, parsed.
    pub fn get(&self, name: &str) -> Option<Value> {
        self.by_name.get(name).and_then(|entry| serde_json::from_str(&entry.text).ok())
    }

    /// Whether there is such an entry.
    pub fn contains(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// The names, in no order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(|name| &**name)
    }

    /// The names, in the order of the entries.
    pub fn in_order(&self) -> impl Iterator<Item = &str> {
        let mut entries: Vec<_> = self.by_name.iter().collect();
        entries.sort_unstable_by_key(|(_, entry)| entry.order);
        entries.into_iter().map(|(name, _)| &**name)
    }

    /// Puts the entry in: in the old one's place, or last.
    pub fn insert(&mut self, name: &str, value: &Value) {
        let text = value.to_string().into_boxed_str();
        let order = self.by_name.get(name).map_or(self.next, |entry| entry.order);
        self.next += 1;
        self.by_name.insert(name.into(), Entry { order, text });
    }

    /// Takes the entry out and says whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        self.by_name.remove(name).is_some()
    }

    /// Leaves out the entries that `keep` does not hold for.
    pub fn retain(&mut self, keep: &mut dyn FnMut(&Value) -> bool) {
        self.by_name
            .retain(|_, entry| serde_json::from_str(&entry.text).is_ok_and(|value| keep(&value)));
    }

    /// Puts the entries in the order of their names.
    pub fn sort(&mut self) {
        let mut entries: Vec<_> = self.by_name.iter_mut().collect();
        entries.sort_unstable_by(|a, b| a.0.cmp(b.0));
        entries.into_iter().enumerate().for_each(|(order, entry)| entry.1.order = order);
    }
}

/// The members of the object in `text`, the one under `key` as its text.
pub fn split<'a>(
    path: &Utf8Path,
    text: &'a str,
    key: &str,
) -> Result<(Map<String, Value>, Option<&'a str>)> {
    let members = match raw_members(text) {
        Ok(members) => members,
        // The same text again, for the message with its place.
        Err(error) => return Err(json_file::parse_object(path, text).err().unwrap_or(error)),
    };
    let (mut head, mut large) = (Map::new(), None);
    for (name, raw) in members {
        if name == key {
            large = Some(raw.get());
            head.insert(name, Value::Null);
        } else {
            let value = serde_json::from_str(raw.get())
                .with_context(|| format!("{path}: {name}: not valid JSON"))?;
            head.insert(name, value);
        }
    }
    Ok((head, large.filter(|large| *large != "null")))
}

/// What kind of value `text` holds, for messages.
pub fn kind_of(text: &str) -> &'static str {
    serde_json::from_str(text).map_or("something else", |value| json_file::kind(&value))
}

fn raw_members(text: &str) -> Result<Vec<(String, &RawValue)>> {
    struct Members;
    impl<'de> serde::de::Visitor<'de> for Members {
        type Value = Vec<(String, &'de RawValue)>;

        fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(
            self,
            mut map: A,
        ) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some(member) = map.next_entry()? {
                members.push(member);
            }
            Ok(members)
        }
    }
    let mut deserializer = serde_json::Deserializer::from_str(json_file::without_mark(text));
    let members = serde::Deserializer::deserialize_map(&mut deserializer, Members)?;
    deserializer.end()?;
    Ok(members)
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let missing = !self.head.contains_key(self.key);
        let mut map = serializer.serialize_map(Some(self.head.len() + usize::from(missing)))?;
        for (name, value) in &self.head {
            if name == self.key {
                map.serialize_entry(name, &self.entries)?;
            } else {
                map.serialize_entry(name, value)?;
            }
        }
        if missing {
            map.serialize_entry(self.key, &self.entries)?;
        }
        map.end()
    }
}

impl Serialize for Entries {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.by_name.len()))?;
        for name in self.in_order() {
            map.serialize_entry(name, &Packed(&self.by_name[name].text))?;
        }
        map.end()
    }
}

/// JSON text that is written in the form of the file around it.
pub struct Packed<'a>(pub &'a str);

impl Serialize for Packed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value: Value = serde_json::from_str(self.0).map_err(S::Error::custom)?;
        value.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(text: &str) -> Result<Document> {
        Document::parse(Utf8Path::new("d.json"), text, "big")
    }

    fn text(document: &Document) -> String {
        String::from_utf8(document.to_bytes().unwrap()).unwrap()
    }

    #[test]
    fn keeps_the_order_of_everything() {
        let given = "{\n  \"z\": 1,\n  \"big\": {\n    \"b\": {\n      \"c\": 1.5\n    },\n    \"a\": {}\n  },\n  \"y\": \"ü\"\n}\n";
        let mut document = parse(given).unwrap();
        assert_eq!(text(&document), given);
        document.entries.insert("c", &json!(1));
        document.entries.insert("b", &json!(2));
        assert!(text(&document).contains("\"b\": 2,\n    \"a\": {},\n    \"c\": 1\n"));
        document.entries.sort();
        assert!(text(&document).contains("\"a\": {},\n    \"b\": 2,\n    \"c\": 1\n"));
        assert!(document.entries.remove("a") && !document.entries.remove("a"));
    }

    #[test]
    fn a_missing_member_comes_last_and_empty() {
        for given in ["{\"x\": 1}", "{\"x\": 1, \"big\": null}"] {
            assert_eq!(text(&parse(given).unwrap()), "{\n  \"x\": 1,\n  \"big\": {}\n}\n");
        }
    }

    #[test]
    fn says_where_it_is_wrong() {
        for (given, expected) in [
            ("[]", "d.json:1:1: expected a JSON object, found an array"),
            ("{\n  \"big\": {]}", "d.json:2:11: not valid JSON"),
            ("{\"big\": []}", "d.json:1:9: big: expected an object, found an array; correct it"),
            ("{\"big\":\n{\"x\": 1}}", "d.json:2:7: big.x: expected an object, found a number"),
            ("{} x", "d.json:1:4: not valid JSON"),
        ] {
            let error = format!("{:#}", parse(given).err().unwrap());
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
