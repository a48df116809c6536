//! The install registry: which install refs a config home has, and since when.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use anyhow::{Result, bail};
use camino::Utf8Path;
use serde_json::{Map, Value, json};

use crate::document::Document;
use crate::locate::{self, Step};
use crate::{Bundle, Lookup, json_file};

const INSTALLS: &str = "installs";

/// The registry file in memory, and what this run did to it.
pub struct Registry {
    document: Document,
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
        let mut document = match json_file::read_text(path)? {
            Some(text) => Document::parse(path, &text, INSTALLS)?,
            None => Document::parse(path, r#"{"schemaVersion": 1}"#, INSTALLS)?,
        };
        match document.head.get("schemaVersion") {
            None => drop(document.head.insert("schemaVersion".to_owned(), json!(1))),
            Some(version) if version.as_i64() == Some(1) => {}
            Some(other) => {
                let place = [Step::Key("schemaVersion".to_owned())];
                let what = format!("{other} is not known; this program knows 1");
                bail!(locate::fault_in(path, &place, &what))
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
        if self.document.entries.contains(install_ref) {
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
        self.document.entries.insert(install_ref, &Value::Object(entry));
        self.registered.push(install_ref.to_owned());
    }

    /// Forgets the refs that `gone` holds for.
    pub fn forget(&mut self, gone: impl Fn(&str, &Value) -> bool) {
        let entries = &mut self.document.entries;
        let names: Vec<String> = entries.names().map(str::to_owned).collect();
        for name in names {
            if entries.get(&name).is_some_and(|entry| gone(&name, &entry)) {
                self.removed |= entries.remove(&name);
            }
        }
    }

    /// The file's new content, or nothing if it did not change.
    pub fn into_document(self) -> Option<Document> {
        (self.removed || !self.registered.is_empty()).then_some(self.document)
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
        assert_eq!(serde_json::to_value(registry.into_document().unwrap()).unwrap(), expected);
    }

    #[test]
    fn without_a_new_ref_nothing_changes() {
        let bundle = Bundle::for_tests("b", json!([]));
        let mut registry = registry(r#"{"installs": {"old": {}}}"#).unwrap();
        registry.register("old", &bundle, None);
        assert!(registry.into_document().is_none());
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        assert!(registry(r#"{"schemaVersion": 9}"#).is_err());
        assert!(registry(r#"{"installs": []}"#).is_err());
    }
}
