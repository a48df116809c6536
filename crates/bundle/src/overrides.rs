//! The tool overrides: what the gateway changes in the tools that the servers offer.

use anyhow::{Result, anyhow};
use camino::Utf8Path;
use serde_json::{Map, Value, json};

use crate::descriptor::Descriptor;
use crate::document::Document;
use crate::json_file::kind;
use crate::locate::{self, Step};

/// The large member of an overrides file.
pub const SERVERS: &str = "servers";

/// The overrides file in memory.
pub struct Overrides {
    document: Document,
    changed: bool,
}

impl Overrides {
    /// Reads the file, which may be missing.
    pub fn read(path: &Utf8Path) -> Result<Self> {
        Ok(Self { document: read_document(path)?, changed: false })
    }

    /// Adds what the descriptor says about the server and its tools, and says whether that changes
    /// anything. What a person wrote stays, and tools that nothing is said about are not listed
    /// for their names alone.
    pub fn apply(&mut self, name: &str, descriptor: &Descriptor) -> bool {
        self.edit(name, |block| {
            let changes = would_change(block, descriptor);
            if changes {
                describe(block, descriptor);
            }
            changes
        })
    }

    /// Gives the server's block, new where there is none, to `change`, and keeps what it did with
    /// it if it says so. Returns what it said.
    pub fn edit(
        &mut self,
        server: &str,
        change: impl FnOnce(&mut Map<String, Value>) -> bool,
    ) -> bool {
        let mut block = match self.document.entries.get(server) {
            Some(Value::Object(block)) => block,
            _ => new_block(),
        };
        let changed = change(&mut block);
        if changed {
            self.document.entries.insert(server, &Value::Object(block));
            self.changed = true;
        }
        changed
    }

    /// Takes the server out and says whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        let removed = self.document.entries.remove(name);
        self.changed |= removed;
        removed
    }

    /// The file's new content, or nothing if it did not change.
    pub fn into_document(mut self) -> Option<Document> {
        if self.changed {
            complete(&mut self.document.head);
        }
        self.changed.then_some(self.document)
    }
}

/// Adds a schema to a tool of a server's block that has none, and says whether it did.
pub fn add_schema(block: &mut Map<String, Value>, tool: &str, key: &str, schema: &Value) -> bool {
    if tool_of(block, tool).is_some_and(|tool| tool.contains_key(key)) {
        return false;
    }
    let tools = child(block, "tools", || json!({}));
    let entry = child(tools, tool, || json!({"enabled": true}));
    entry.insert(key.to_owned(), schema.clone());
    true
}

fn new_block() -> Map<String, Value> {
    Map::from_iter([("enabled".to_owned(), json!(true)), ("tools".to_owned(), json!({}))])
}

fn would_change(block: &Map<String, Value>, descriptor: &Descriptor) -> bool {
    let meta = |key: &str| block.get("metadata").and_then(|metadata| metadata.get(key));
    let describes = descriptor.description.is_some() && !has_text(meta("description"));
    let sources = descriptor.source.is_some()
        && meta("source").and_then(Value::as_str) != descriptor.source.as_deref();
    let mut tools = descriptor.tools.iter().filter(|tool| tool.description.is_some());
    let says_nothing =
        |name: &str| !tool_of(block, name).is_some_and(|known| has_text(known.get("description")));
    describes || sources || tools.any(|tool| says_nothing(&tool.name))
}

fn describe(block: &mut Map<String, Value>, descriptor: &Descriptor) {
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
}

fn tool_of<'a>(block: &'a Map<String, Value>, tool: &str) -> Option<&'a Map<String, Value>> {
    block.get("tools")?.get(tool)?.as_object()
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
    // A document that was read in parts keeps only the place of its servers here.
    document.entry(SERVERS).or_insert_with(|| json!({}));
}

/// Reads the overrides in the file at `path`, which may be missing.
pub fn read_document(path: &Utf8Path) -> Result<Document> {
    check(path, Document::read(path, SERVERS)?, &[])
}

/// Refuses a document whose parts are not of the kind that every reader expects. It stands at
/// `place` in the file at `path`.
pub fn check(path: &Utf8Path, document: Document, place: &[Step]) -> Result<Document> {
    let wrong = |steps: Vec<Step>, found: &Value| {
        let what = format!("expected an object, found {}; correct it", kind(found));
        anyhow!(locate::fault_in(path, &[place, &steps].concat(), &what))
    };
    let key = |name: &str| Step::Key(name.to_owned());
    if let Some(other) = no_object(document.head.get("master")) {
        return Err(wrong(vec![key("master")], other));
    }
    for name in document.entries.in_order() {
        let Some(block) = document.entries.get(name) else { continue };
        let steps = |more: &[&str]| {
            [SERVERS, name].iter().chain(more).map(|name| key(name)).collect::<Vec<_>>()
        };
        for part in ["tools", "metadata"] {
            if let Some(other) = no_object(block.get(part)) {
                return Err(wrong(steps(&[part]), other));
            }
        }
        let mut tools = block.get("tools").and_then(Value::as_object).into_iter().flatten();
        if let Some((tool, other)) = tools.find(|(_, tool)| !tool.is_object()) {
            return Err(wrong(steps(&["tools", tool]), other));
        }
    }
    Ok(document)
}

fn no_object(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !value.is_object() && !value.is_null())
}

fn has_text(value: Option<&Value>) -> bool {
    value.and_then(Value::as_str).is_some_and(|text| !text.is_empty())
}

/// The object under `key`, made by `new` when there is none.
pub fn child<'a>(
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
        let text = document.to_string();
        let document = Document::parse(Utf8Path::new("o.json"), &text, SERVERS).unwrap();
        Overrides { document, changed: false }
    }

    fn written(overrides: Overrides) -> Value {
        serde_json::to_value(overrides.into_document().unwrap()).unwrap()
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
        assert_eq!(written(overrides).to_string(), expected.to_string());
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
        let document = written(overrides);
        assert_eq!(document["own"], true);
        assert_eq!(document["servers"]["a"]["tools"]["t"]["description"], "mine");
    }

    #[test]
    fn names_alone_change_nothing() {
        let mut overrides = overrides(json!({}));
        assert!(!overrides.apply("a", &descriptor(json!({"name": "a", "tools": [{"name": "t"}]}))));
        assert!(overrides.into_document().is_none());
    }

    #[test]
    fn removes_a_server() {
        let mut overrides = overrides(json!({"servers": {"a": {}, "b": {}, "c": {}}}));
        assert!(overrides.remove("a") && !overrides.remove("a"));
        assert_eq!(written(overrides)["servers"], json!({"b": {}, "c": {}}));
    }

    #[test]
    fn wrong_types_are_refused_where_they_stand() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = Utf8Path::from_path(file.path()).unwrap();
        for (text, expected) in [
            ("{\n \"servers\": []}", ":2:13: servers: expected an object, found an array"),
            ("{\"servers\":\n{\"a\": 1}}", ":2:7: servers.a: expected an object, found a number"),
            ("{\"master\": \"x\"}", ":1:12: master: expected an object, found a string"),
            (
                "{\"servers\": {\"a\": {\"tools\": []}}}",
                ":1:29: servers.a.tools: expected an object",
            ),
            (
                "{\"servers\": {\"a\": {\"tools\": {\"t\": 1}}}}",
                ":1:35: servers.a.tools.t: expected",
            ),
        ] {
            std::fs::write(path, text).unwrap();
            let error = Overrides::read(path).err().unwrap().to_string();
            assert!(error.contains(&format!("{path}{expected}")), "{error}\nlacks {expected}");
        }
    }
}
