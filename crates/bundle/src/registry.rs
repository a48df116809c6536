//! The install registry: which install refs a config home has, and since when.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use anyhow::{Result, bail};
use camino::Utf8Path;
use serde_json::{Map, Value, json};

use crate::json_file::{self, kind};
use crate::{Bundle, Lookup};

/// The registry file in memory, and what this run did to it.
pub struct Registry {
    document: Map<String, Value>,
    time: SystemTime,
    seen: HashSet<String>,
    /// Refs that are new.
    pub registered: Vec<String>,
    /// Refs that were there already.
    pub reused: Vec<String>,
    removed: bool,
}

impl Registry {
    /// Reads the file, which may be missing.
    pub fn read(path: &Utf8Path, lookup: Lookup) -> Result<Self> {
        let mut document = json_file::read_object(path)?.unwrap_or_default();
        match document.get("schemaVersion") {
            None => drop(document.insert("schemaVersion".to_owned(), json!(1))),
            Some(version) if version.as_i64() == Some(1) => {}
            Some(other) => {
                bail!("{path}: schemaVersion: {other} is not known; this program knows 1")
            }
        }
        match document.entry("installs").or_insert_with(|| json!({})) {
            Value::Object(_) => {}
            other => {
                bail!("{path}: installs: expected an object, found {}; correct it", kind(other))
            }
        }
        let (seen, registered, reused) = Default::default();
        Ok(Self { document, time: now(lookup), seen, registered, reused, removed: false })
    }

    /// Registers a ref once: one that is there is never rewritten.
    pub fn register(&mut self, install_ref: &str, bundle: &Bundle, description: Option<&str>) {
        if install_ref.is_empty() || !self.seen.insert(install_ref.to_owned()) {
            return;
        }
        if self.installs().contains_key(install_ref) {
            return self.reused.push(install_ref.to_owned());
        }
        let mut entry = Map::new();
        entry.insert("bundle".to_owned(), json!(bundle.name()));
        entry.insert("registeredAt".to_owned(), json!(iso(self.time)));
        if let Some(source) = bundle.source() {
            entry.insert("source".to_owned(), json!(source));
        }
        if let Some(text) = description.filter(|text| !text.is_empty()) {
            entry.insert("description".to_owned(), json!(text));
        }
        self.installs().insert(install_ref.to_owned(), Value::Object(entry));
        self.registered.push(install_ref.to_owned());
    }

    /// Forgets the refs that `gone` holds for.
    pub fn forget(&mut self, gone: impl Fn(&str, &Value) -> bool) {
        let installs = self.installs();
        let before = installs.len();
        installs.retain(|install_ref, entry| !gone(install_ref, entry));
        let after = installs.len();
        self.removed |= after != before;
    }

    /// The file's new content, or nothing if it did not change.
    pub fn into_document(self) -> Option<Map<String, Value>> {
        (self.removed || !self.registered.is_empty()).then_some(self.document)
    }

    fn installs(&mut self) -> &mut Map<String, Value> {
        match self.document.get_mut("installs") {
            Some(Value::Object(installs)) => installs,
            _ => unreachable!("`read` makes it an object"),
        }
    }
}

/// Now, for the name of a folder: it sorts, and no file system minds it.
pub fn stamp() -> String {
    let time = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    time.replace(['-', ':'], "")
}

/// `SOURCE_DATE_EPOCH`, in seconds since 1970, makes the registry reproducible.
fn now(lookup: Lookup) -> SystemTime {
    let fixed = lookup("SOURCE_DATE_EPOCH").and_then(|seconds| seconds.parse().ok());
    fixed.map_or_else(SystemTime::now, |s| SystemTime::UNIX_EPOCH + Duration::from_secs(s))
}

/// As Python's `isoformat` writes it, for that is who reads it.
fn iso(time: SystemTime) -> String {
    humantime::format_rfc3339_micros(time).to_string().replace('Z', "+00:00")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry(text: &str) -> Result<Registry> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let epoch = |key: &str| (key == "SOURCE_DATE_EPOCH").then(|| "1".to_owned());
        Registry::read(Utf8Path::from_path(file.path()).unwrap(), &epoch)
    }

    #[test]
    fn a_ref_is_registered_once() {
        let bundle = Bundle::for_tests("b", json!([]));
        let mut registry =
            registry(r#"{"schemaVersion": 1, "mine": 2, "installs": {"old": {}}}"#).unwrap();
        for install_ref in ["old", "new", "new", ""] {
            registry.register(install_ref, &bundle, Some("D"));
        }
        assert_eq!((registry.registered.len(), registry.reused.len()), (1, 1));
        let entry = json!({"bundle": "b", "registeredAt": "1970-01-01T00:00:01.000000+00:00", "description": "D"});
        let expected =
            json!({"schemaVersion": 1, "mine": 2, "installs": {"old": {}, "new": entry}});
        assert_eq!(Value::Object(registry.into_document().unwrap()), expected);
    }

    #[test]
    fn without_a_new_ref_nothing_changes() {
        let bundle = Bundle::for_tests("b", json!([]));
        let mut registry = registry(r#"{"installs": {"old": {}}}"#).unwrap();
        registry.register("old", &bundle, None);
        assert_eq!(registry.into_document(), None);
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        assert!(registry(r#"{"schemaVersion": 9}"#).is_err());
        assert!(registry(r#"{"installs": []}"#).is_err());
    }
}
