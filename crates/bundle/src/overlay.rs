//! The overlay: the servers that are laid over the gateway's template.

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value};

use crate::json_file::{self, kind};
use crate::merge::merge;
use crate::refusal::Refusal;

const SERVERS: &str = "mcpServers";

/// The overlay file in memory, beside the servers of the template it belongs to.
pub struct Overlay {
    document: Map<String, Value>,
    template: Map<String, Value>,
    changed: bool,
}

impl Overlay {
    /// Reads the overlay, which may be missing, and the template's servers where one is given.
    pub fn read(path: &Utf8Path, template: Option<&Utf8PathBuf>) -> Result<Self> {
        let mut document = json_file::read_object(path)?.unwrap_or_default();
        servers_of(path, &mut document)?;
        let template = template.map(|path| template_servers(path)).transpose()?;
        Ok(Self { document, template: template.unwrap_or_default(), changed: false })
    }

    /// The overlay's own entry for the server `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.document.get(SERVERS)?.get(name)
    }

    /// The names of the overlay's servers.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let servers = self.document.get(SERVERS).and_then(Value::as_object);
        servers.into_iter().flat_map(|servers| servers.keys().map(String::as_str))
    }

    /// Puts the entry in and says whether that changes anything. One that is there already and
    /// says something else is kept unless `force` is given.
    pub fn upsert(&mut self, name: &str, entry: Value, force: bool) -> Result<bool, Refusal> {
        let own = self.get(name);
        if own == Some(&entry) || self.effective(name).as_ref() == Some(&entry) {
            return Ok(false);
        }
        let taken = own.or_else(|| self.template.get(name));
        if taken.is_some_and(|taken| !is_empty(taken) && !lacks_only_cwd(taken, &entry)) && !force {
            return Err(Refusal::new(
                "a server of this name already exists and is set up differently",
                "compare with --dry-run --force, then replace it with --force",
            ));
        }
        self.servers().insert(name.to_owned(), entry);
        self.changed = true;
        Ok(true)
    }

    /// Takes the server out and says whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        // Order does not matter here, for `into_document` sorts, and a swap is cheap.
        let removed = self.servers().swap_remove(name).is_some();
        self.changed |= removed;
        removed
    }

    /// The file's new content with its servers sorted by name, or nothing if it did not change.
    pub fn into_document(mut self) -> Option<Map<String, Value>> {
        self.servers().sort_keys();
        self.changed.then_some(self.document)
    }

    /// What the gateway would get for this server: the template's entry with ours laid over it.
    fn effective(&self, name: &str) -> Option<Value> {
        match (self.template.get(name), self.get(name)) {
            (Some(base), Some(own)) => Some(merge(base.clone(), own.clone())),
            (Some(base), None) => Some(base.clone()),
            _ => None,
        }
    }

    fn servers(&mut self) -> &mut Map<String, Value> {
        match self.document.entry(SERVERS).or_insert_with(|| Value::Object(Map::new())) {
            Value::Object(servers) => servers,
            _ => unreachable!("`read` refuses servers that are no object"),
        }
    }
}

fn template_servers(path: &Utf8Path) -> Result<Map<String, Value>> {
    let Some(mut template) = json_file::read_object(path)? else {
        bail!("{path}: there is no such template; correct --template");
    };
    servers_of(path, &mut template)?;
    match template.remove(SERVERS) {
        Some(Value::Object(servers)) => Ok(servers),
        _ => Ok(Map::new()),
    }
}

fn servers_of(path: &Utf8Path, document: &mut Map<String, Value>) -> Result<()> {
    match document.entry(SERVERS).or_insert_with(|| Value::Object(Map::new())) {
        Value::Object(_) => Ok(()),
        other => bail!("{path}: {SERVERS}: expected an object, found {}; correct it", kind(other)),
    }
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
        let object = |value: Value| value.as_object().unwrap().clone();
        Overlay { document: object(document), template: object(template), changed: false }
    }

    #[test]
    fn a_new_server_is_sorted_in() {
        let mut overlay =
            overlay(json!({"x": 1, "mcpServers": {"b": {}, "c": {"k": 1}}}), json!({}));
        assert_eq!(overlay.upsert("a", json!({"command": "x"}), false), Ok(true));
        let document = Value::Object(overlay.into_document().unwrap());
        assert_eq!(
            document.to_string(),
            r#"{"x":1,"mcpServers":{"a":{"command":"x"},"b":{},"c":{"k":1}}}"#
        );
    }

    #[test]
    fn an_equal_one_changes_nothing() {
        let mut overlay = overlay(json!({"mcpServers": {"a": {"k": 1}}}), json!({"b": {"k": 2}}));
        assert_eq!(overlay.upsert("a", json!({"k": 1}), false), Ok(false));
        assert_eq!(overlay.upsert("b", json!({"k": 2}), true), Ok(false));
        assert_eq!(overlay.into_document(), None);
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
