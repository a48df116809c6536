//! The tool overrides: what the gateway changes in the tools that the servers offer.

use anyhow::{Result, bail};
use camino::Utf8Path;
use serde_json::{Map, Value, json};

use crate::descriptor::Descriptor;
use crate::json_file::{self, kind};

/// The overrides file in memory.
pub struct Overrides {
    document: Map<String, Value>,
    changed: bool,
}

impl Overrides {
    /// Reads the file, which may be missing.
    pub fn read(path: &Utf8Path) -> Result<Self> {
        let document = json_file::read_object(path)?.unwrap_or_default();
        check(path, &document)?;
        Ok(Self { document, changed: false })
    }

    /// Adds what the descriptor says about the server and its tools, and says whether that changes
    /// anything. What a person wrote stays, and tools that nothing is said about are not listed
    /// for their names alone.
    pub fn apply(&mut self, name: &str, descriptor: &Descriptor) -> bool {
        if !self.would_change(name, descriptor) {
            return false;
        }
        let block = child(self.servers(), name, || json!({"enabled": true, "tools": {}}));
        child(block, "tools", || json!({}));
        let metadata = child(block, "metadata", || json!({}));
        if let Some(text) = &descriptor.description
            && !has_text(metadata.get("description"))
        {
            metadata.insert("description".to_owned(), json!(text));
        }
        if let Some(source) = &descriptor.source {
            metadata.insert("source".to_owned(), json!(source));
        }
        let tools = child(block, "tools", || json!({}));
        for tool in &descriptor.tools {
            let entry = child(tools, &tool.name, || json!({"enabled": true}));
            if let Some(text) = &tool.description
                && !has_text(entry.get("description"))
            {
                entry.insert("description".to_owned(), json!(text));
            }
        }
        self.changed = true;
        true
    }

    /// Adds a schema to a tool that has none, and says whether it did.
    pub fn add_schema(&mut self, server: &str, tool: &str, key: &str, schema: &Value) -> bool {
        if self.tool(server, tool).is_some_and(|tool| tool.contains_key(key)) {
            return false;
        }
        let block = child(self.servers(), server, || json!({"enabled": true, "tools": {}}));
        let tools = child(block, "tools", || json!({}));
        let entry = child(tools, tool, || json!({"enabled": true}));
        entry.insert(key.to_owned(), schema.clone());
        self.changed = true;
        true
    }

    /// What is written about one tool of one server.
    pub fn tool(&self, server: &str, tool: &str) -> Option<&Map<String, Value>> {
        self.block(server)?.get("tools")?.get(tool)?.as_object()
    }

    /// Takes the server out and says whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        if self.block(name).is_none() {
            return false;
        }
        self.servers().shift_remove(name);
        self.changed = true;
        true
    }

    /// Takes several servers out at once, at the cost of one pass.
    pub fn remove_all(&mut self, names: &std::collections::HashSet<&str>) -> Vec<String> {
        let gone: Vec<String> =
            names.iter().filter(|name| self.block(name).is_some()).map(|&n| n.to_owned()).collect();
        if !gone.is_empty() {
            self.servers().retain(|name, _| !names.contains(name.as_str()));
            self.changed = true;
        }
        gone
    }

    /// The file's new content, or nothing if it did not change.
    pub fn into_document(mut self) -> Option<Map<String, Value>> {
        if self.changed {
            complete(&mut self.document);
        }
        self.changed.then_some(self.document)
    }

    fn would_change(&self, name: &str, descriptor: &Descriptor) -> bool {
        let metadata = self.block(name).and_then(|block| block.get("metadata"));
        let meta = |key: &str| metadata.and_then(|metadata| metadata.get(key));
        let describes = descriptor.description.is_some() && !has_text(meta("description"));
        let sources = descriptor.source.is_some()
            && meta("source").and_then(Value::as_str) != descriptor.source.as_deref();
        let mut tools = descriptor.tools.iter().filter(|tool| tool.description.is_some());
        describes
            || sources
            || tools.any(|tool| {
                let known = self.tool(name, &tool.name);
                !known.is_some_and(|known| has_text(known.get("description")))
            })
    }

    fn block(&self, server: &str) -> Option<&Map<String, Value>> {
        self.document.get("servers")?.get(server)?.as_object()
    }

    fn servers(&mut self) -> &mut Map<String, Value> {
        complete(&mut self.document);
        child(&mut self.document, "servers", || json!({}))
    }
}

/// Gives the document the parts that every overrides file has.
pub fn complete(document: &mut Map<String, Value>) {
    let version = document.get("schemaVersion").and_then(Value::as_i64);
    if version.is_none_or(|version| version < 2) {
        document.insert("schemaVersion".to_owned(), json!(2));
    }
    let master = child(document, "master", || json!({}));
    let tools = child(master, "tools", || json!({}));
    let wildcard = child(tools, "*", || json!({}));
    child(wildcard, "annotations", || json!({}));
    child(document, "servers", || json!({}));
}

/// Refuses a document whose parts are not of the kind that every reader expects.
pub fn check(path: &Utf8Path, document: &Map<String, Value>) -> Result<()> {
    for key in ["master", "servers"] {
        match document.get(key) {
            None | Some(Value::Object(_)) => {}
            Some(other) => {
                bail!("{path}: {key}: expected an object, found {}; correct it", kind(other))
            }
        }
    }
    Ok(())
}

fn has_text(value: Option<&Value>) -> bool {
    value.and_then(Value::as_str).is_some_and(|text| !text.is_empty())
}

/// The object under `key`, made by `new` when there is none.
fn child<'a>(
    parent: &'a mut Map<String, Value>,
    key: &str,
    new: impl FnOnce() -> Value,
) -> &'a mut Map<String, Value> {
    if !parent.get(key).is_some_and(Value::is_object) {
        parent.insert(key.to_owned(), new());
    }
    match parent.get_mut(key) {
        Some(Value::Object(object)) => object,
        _ => unreachable!("an object was put there"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overrides(document: Value) -> Overrides {
        Overrides { document: document.as_object().unwrap().clone(), changed: false }
    }

    fn descriptor(value: Value) -> Descriptor {
        Descriptor::parse(&value).unwrap()
    }

    #[test]
    fn a_new_server_gets_a_block() {
        let mut overrides = overrides(json!({}));
        let tools = json!([{"name": "t", "description": "D"}, {"name": "u"}]);
        let given = json!({"name": "a", "description": "A", "source": "S", "tools": tools});
        assert!(overrides.apply("a", &descriptor(given.clone())));
        assert!(!overrides.apply("a", &descriptor(given)));
        let expected = json!({
            "schemaVersion": 2,
            "master": {"tools": {"*": {"annotations": {}}}},
            "servers": {"a": {
                "enabled": true,
                "tools": {"t": {"enabled": true, "description": "D"}, "u": {"enabled": true}},
                "metadata": {"description": "A", "source": "S"}
            }}
        });
        assert_eq!(
            Value::Object(overrides.into_document().unwrap()).to_string(),
            expected.to_string()
        );
    }

    #[test]
    fn what_a_person_wrote_stays() {
        let block = json!({"mine": 1, "tools": {"t": {"enabled": false, "description": "mine"}}});
        let mut overrides =
            overrides(json!({"schemaVersion": 2, "servers": {"a": block}, "own": true}));
        let given = json!({"name": "a", "tools": [{"name": "t", "description": "D"}]});
        assert!(!overrides.apply("a", &descriptor(given)));
        let given = json!({"name": "a", "source": "S"});
        assert!(overrides.apply("a", &descriptor(given)));
        let document = overrides.into_document().unwrap();
        assert_eq!(document["own"], true);
        assert_eq!(document["servers"]["a"]["tools"]["t"]["description"], "mine");
    }

    #[test]
    fn names_alone_change_nothing() {
        let mut overrides = overrides(json!({}));
        assert!(!overrides.apply("a", &descriptor(json!({"name": "a", "tools": [{"name": "t"}]}))));
        assert_eq!(overrides.into_document(), None);
    }

    #[test]
    fn removes_one_or_many() {
        let mut overrides = overrides(json!({"servers": {"a": {}, "b": {}, "c": {}}}));
        assert!(overrides.remove("a") && !overrides.remove("a"));
        assert_eq!(overrides.remove_all(&["b", "z"].into()), ["b"]);
        assert_eq!(overrides.into_document().unwrap()["servers"], json!({"c": {}}));
    }

    #[test]
    fn servers_that_are_no_object_are_refused() {
        let document = json!({"servers": []});
        let error = check(Utf8Path::new("o.json"), document.as_object().unwrap()).unwrap_err();
        assert!(error.to_string().starts_with("o.json: servers: expected an object"));
    }
}
