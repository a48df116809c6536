//! The overlay: the servers that are laid over the gateway's template.

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value};

use crate::document::Document;
use crate::merge::merge;
use crate::refusal::Refusal;

const SERVERS: &str = "mcpServers";

/// The overlay file in memory, beside the servers of the template it belongs to.
pub struct Overlay {
    document: Document,
    template: Option<Document>,
    changed: bool,
}

impl Overlay {
    /// Reads the overlay, which may be missing, and the template's servers where one is given.
    pub fn read(path: &Utf8Path, template: Option<&Utf8PathBuf>) -> Result<Self> {
        let template = template.map(|path| read_template(path)).transpose()?;
        Ok(Self { document: Document::read(path, SERVERS)?, template, changed: false })
    }

    /// The overlay's own entry for the server `name`.
    pub fn get(&self, name: &str) -> Option<Value> {
        self.document.entries.get(name)
    }

    /// Whether the overlay has the server `name`.
    pub fn contains(&self, name: &str) -> bool {
        self.document.entries.contains(name)
    }

    /// The names of the overlay's servers.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.document.entries.names()
    }

    /// Puts the entry in and says whether that changes anything. One that is there already and
    /// says something else is kept unless `force` is given.
    pub fn upsert(&mut self, name: &str, entry: Value, force: bool) -> Result<bool, Refusal> {
        let (own, base) = (self.get(name), self.base(name));
        let effective = match (&base, &own) {
            (Some(base), Some(own)) => Some(merge(base.clone(), own.clone())),
            (base, _) => base.clone(),
        };
        if own.as_ref() == Some(&entry) || effective.as_ref() == Some(&entry) {
            return Ok(false);
        }
        let clashes = |taken: Value| !is_empty(&taken) && !lacks_only_cwd(&taken, &entry);
        if own.or(base).is_some_and(clashes) && !force {
            return Err(Refusal::new(
                "a server of this name already exists and is set up differently",
                "compare with --dry-run --force, then replace it with --force",
            ));
        }
        self.document.entries.insert(name, &entry);
        self.changed = true;
        Ok(true)
    }

    /// Takes the server out and says whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        let removed = self.document.entries.remove(name);
        self.changed |= removed;
        removed
    }

    /// The file's new content with its servers sorted by name, or nothing if it did not change.
    pub fn into_document(mut self) -> Option<Document> {
        self.document.entries.sort();
        self.changed.then_some(self.document)
    }

    fn base(&self, name: &str) -> Option<Value> {
        self.template.as_ref()?.entries.get(name)
    }
}

fn read_template(path: &Utf8Path) -> Result<Document> {
    if !path.exists() {
        bail!("{path}: there is no such template; correct --template");
    }
    Document::read(path, SERVERS)
}

fn is_empty(entry: &Value) -> bool {
    entry.as_object().is_some_and(Map::is_empty) || entry.is_null()
}

/// Stelae's installer drops a descriptor's `cwd`. An entry that it wrote is completed, not a clash.
fn lacks_only_cwd(taken: &Value, entry: &Value) -> bool {
    let (Some(taken), Some(entry)) = (taken.as_object(), entry.as_object()) else { return false };
    let rest = entry.iter().filter(|(key, _)| *key != "cwd");
    !taken.contains_key("cwd")
        && rest.clone().count() == taken.len()
        && rest.into_iter().all(|(key, value)| taken.get(key) == Some(value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn overlay(document: Value, template: Value) -> Overlay {
        let read = |value: Value| {
            Document::parse(Utf8Path::new("o.json"), &value.to_string(), SERVERS).unwrap()
        };
        let template = Some(read(json!({"mcpServers": template})));
        Overlay { document: read(document), template, changed: false }
    }

    #[test]
    fn a_new_server_is_sorted_in() {
        let mut overlay =
            overlay(json!({"x": 1, "mcpServers": {"b": {}, "c": {"k": 1}}}), json!({}));
        assert_eq!(overlay.upsert("a", json!({"command": "x"}), false), Ok(true));
        let document = overlay.into_document().unwrap();
        assert_eq!(
            serde_json::to_string(&document).unwrap(),
            r#"{"x":1,"mcpServers":{"a":{"command":"x"},"b":{},"c":{"k":1}}}"#
        );
    }

    #[test]
    fn an_equal_one_changes_nothing() {
        let mut overlay = overlay(json!({"mcpServers": {"a": {"k": 1}}}), json!({"b": {"k": 2}}));
        assert_eq!(overlay.upsert("a", json!({"k": 1}), false), Ok(false));
        assert_eq!(overlay.upsert("b", json!({"k": 2}), true), Ok(false));
        assert!(overlay.into_document().is_none());
    }

    #[test]
    fn a_different_one_needs_force() {
        for (own, template) in
            [(json!({"a": {"k": 1}}), json!({})), (json!({}), json!({"a": {"k": 1}}))]
        {
            let mut overlay = overlay(json!({"mcpServers": own}), template);
            assert!(overlay.upsert("a", json!({"k": 2}), false).is_err());
            assert_eq!(overlay.upsert("a", json!({"k": 2}), true), Ok(true));
            assert_eq!(overlay.upsert("a", json!({"k": 2}), false), Ok(false));
        }
    }

    #[test]
    fn a_dropped_cwd_is_put_back() {
        let mut overlay = overlay(json!({"mcpServers": {"a": {"k": 1}}}), json!({}));
        assert_eq!(overlay.upsert("a", json!({"k": 1, "cwd": "/c"}), false), Ok(true));
        assert!(overlay.upsert("a", json!({"k": 1}), false).is_err());
    }

    #[test]
    fn remove_says_whether_it_was_there() {
        let mut overlay = overlay(json!({"mcpServers": {"a": {}}}), json!({}));
        assert!(overlay.remove("a") && !overlay.remove("a"));
    }
}
