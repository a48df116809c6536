//! Tool aggregations: several tools of the servers behind one, and tools that are hidden.
//!
//! They stay in the catalog fragments. From there they go into the two files that are read while
//! the stack runs: the gateway's tool overrides, and the intended catalog of the aggregator. The
//! config home's `tool_aggregations.json` is a person's own and is laid over the intended catalog
//! by the aggregator, so nothing of a bundle is written there: it would count twice.

use anyhow::Result;
use camino::Utf8PathBuf;
use serde_json::{Map, Value, json};

use crate::document::Document;
use crate::json_file;
use crate::merge::merge_objects;
use crate::overrides::child;
use crate::transaction::{PRIVATE, Transaction};
use crate::{ConfigHome, Lookup, guard};

/// The server that offers the aggregated tools, unless the aggregations name another one.
const SERVER: &str = "tool_aggregator";

/// The aggregations of all fragments together. One of the same name replaces an earlier one.
#[derive(Default)]
pub struct Aggregations {
    /// Everything but the two lists.
    head: Map<String, Value>,
    tools: Map<String, Value>,
    hidden: Map<String, Value>,
    /// Tools that a fragment hides beside its aggregations; the first one to do so counts.
    also_hidden: Map<String, Value>,
}

impl Aggregations {
    /// Takes in what a fragment says.
    pub fn add(&mut self, fragment: &Map<String, Value>) {
        let either = |one: &str, other: &str| {
            let full = |value: &&Value| !value.is_null() && **value != json!({});
            fragment.get(one).filter(full).or_else(|| fragment.get(other))
        };
        if let Some(Value::Object(part)) = either("tool_aggregations", "toolAggregations") {
            self.add_part(part);
        }
        for hidden in items(either("hide_tools", "hideTools")) {
            if let Some(marker) = marker(hidden) {
                self.also_hidden.entry(marker).or_insert_with(|| hidden.clone());
            }
        }
    }

    fn add_part(&mut self, part: &Map<String, Value>) {
        for (key, value) in part {
            match key.as_str() {
                "aggregations" => {
                    let named = items(Some(value)).filter_map(|tool| Some((name(tool)?, tool)));
                    self.tools.extend(named.map(|(name, tool)| (name.to_owned(), tool.clone())));
                }
                "hiddenTools" => {
                    let marked = items(Some(value)).filter_map(|tool| Some((marker(tool)?, tool)));
                    self.hidden.extend(marked.map(|(marker, tool)| (marker, tool.clone())));
                }
                _ => {
                    let one = Map::from_iter([(key.clone(), value.clone())]);
                    self.head = merge_objects(std::mem::take(&mut self.head), one);
                }
            }
        }
    }

    /// Hides the hidden tools and describes the aggregated ones in the gateway's tool overrides.
    pub fn apply(&self, overrides: &mut Document) {
        let of_tools = self.tools.values().flat_map(|tool| items(tool.get("hideTools")));
        for hidden in self.hidden.values().chain(self.also_hidden.values()).chain(of_tools) {
            if let Some((server, tool)) = pair(hidden) {
                edit(overrides, server, tool, |entry| {
                    drop(entry.insert("enabled".into(), json!(false)))
                });
            }
        }
        let usual = self.head.get("defaults").and_then(|defaults| text(defaults, "serverName"));
        for (name, tool) in &self.tools {
            let own = text(tool, "server").or_else(|| text(tool, "serverName"));
            let server = own.or(usual).unwrap_or(SERVER);
            edit(overrides, server, name, |entry| describe(entry, tool));
        }
    }

    /// Plans to write the aggregations into the intended catalog, whose other parts stay. Without
    /// any aggregation and without the file there is nothing to write.
    pub fn write(self, home: &ConfigHome, lookup: Lookup, files: &mut Transaction) -> Result<()> {
        let path = lookup("INTENDED_CATALOG_PATH").filter(|path| !path.is_empty());
        let path =
            path.map_or_else(|| home.state_home().join("intended_catalog.json"), Utf8PathBuf::from);
        let none = self.tools.is_empty() && self.hidden.is_empty() && self.also_hidden.is_empty();
        if none && !path.exists() {
            return Ok(());
        }
        guard::check_inside(home, &path)?;
        let mut document = json_file::read_object(&path)?.unwrap_or_default();
        document.entry("schemaVersion").or_insert_with(|| json!(1));
        let catalog = child(&mut document, "catalog", || json!({}));
        let (aggregations, hidden) = self.into_values();
        catalog.insert("toolAggregations".to_owned(), aggregations);
        catalog.insert("hideTools".to_owned(), hidden);
        files.write(&path, json_file::to_bytes(&document)?, PRIVATE)
    }

    fn into_values(self) -> (Value, Value) {
        let mut hidden = self.hidden;
        for (marker, tool) in self.also_hidden {
            hidden.entry(marker).or_insert(tool);
        }
        let hidden = Value::Array(hidden.into_iter().map(|(_, tool)| tool).collect());
        let mut all = self.head;
        all.entry("schemaVersion").or_insert_with(|| json!(1));
        all.insert("hiddenTools".to_owned(), hidden.clone());
        let tools = self.tools.into_iter().map(|(_, tool)| tool).collect();
        all.insert("aggregations".to_owned(), Value::Array(tools));
        (Value::Object(all), hidden)
    }
}

/// What the gateway says about an aggregated tool is what the aggregation says.
fn describe(entry: &mut Map<String, Value>, tool: &Value) {
    entry.insert("enabled".to_owned(), json!(true));
    if let Some(description) = text(tool, "description") {
        entry.insert("description".to_owned(), json!(description));
    }
    if let Some(Value::Object(annotations)) = tool.get("annotations") {
        child(entry, "annotations", || json!({})).extend(annotations.clone());
    }
    let schema = |key: &str| match tool.get(key) {
        Some(schema @ Value::Object(_)) => schema.clone(),
        _ => json!({"type": "object"}),
    };
    entry.insert("inputSchema".to_owned(), schema("inputSchema"));
    let mut output = schema("outputSchema");
    // Some clients refuse a tool whose result may be of several types.
    if output["type"].is_array() {
        output["type"] = json!("object");
    }
    entry.insert("outputSchema".to_owned(), output);
}

fn edit(
    overrides: &mut Document,
    server: &str,
    tool: &str,
    change: impl FnOnce(&mut Map<String, Value>),
) {
    let known = overrides.entries.get(server).filter(Value::is_object);
    let mut block = known.unwrap_or_else(|| json!({"enabled": true, "tools": {}}));
    if let Value::Object(block) = &mut block {
        let tools = child(block, "tools", || json!({}));
        change(child(tools, tool, || json!({"enabled": true})));
    }
    overrides.entries.insert(server, &block);
}

fn items(list: Option<&Value>) -> impl Iterator<Item = &Value> {
    list.and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

fn name(tool: &Value) -> Option<&str> {
    text(tool, "name")
}

fn pair(hidden: &Value) -> Option<(&str, &str)> {
    Some((text(hidden, "server")?, text(hidden, "tool")?))
}

fn marker(hidden: &Value) -> Option<String> {
    pair(hidden).map(|(server, tool)| format!("{server}::{tool}"))
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;

    fn fragment(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn all() -> Aggregations {
        let mut all = Aggregations::default();
        let tool = |text: &str| {
            json!({"name": "t", "description": text, "operations": [1],
            "annotations": {"title": "T"}, "hideTools": [{"server": "s", "tool": "x"}],
            "outputSchema": {"type": ["object", "null"]}})
        };
        all.add(&fragment(json!({"toolAggregations": {"aggregations": [tool("old")],
            "defaults": {"timeoutSeconds": 1, "serverName": "agg"},
            "hiddenTools": [{"server": "s", "tool": "y", "reason": "R"}]}})));
        all.add(&fragment(json!({"tool_aggregations": {"aggregations": [tool("new")],
            "defaults": {"timeoutSeconds": 2}}, "hideTools": [{"server": "s", "tool": "y"}]})));
        all
    }

    #[test]
    fn hides_and_describes_tools() {
        let text = r#"{"servers": {"s": {"mine": 1, "tools": {"x": {"description": "X"}}}}}"#;
        let mut overrides = Document::parse(Utf8Path::new("o"), text, "servers").unwrap();
        all().apply(&mut overrides);
        let hidden = json!({"x": {"description": "X", "enabled": false}, "y": {"enabled": false}});
        let tool = json!({"enabled": true, "description": "new", "annotations": {"title": "T"},
            "inputSchema": {"type": "object"}, "outputSchema": {"type": "object"}});
        let expected = json!({"servers": {"s": {"mine": 1, "tools": hidden},
            "agg": {"enabled": true, "tools": {"t": tool}}}});
        assert_eq!(serde_json::to_value(&overrides).unwrap(), expected);
    }

    #[test]
    fn the_intended_catalog_keeps_what_else_it_says() {
        let folder = tempfile::tempdir().unwrap();
        let home = ConfigHome::new(Utf8Path::from_path(folder.path()).unwrap());
        let path = home.state_home().join("intended_catalog.json");
        let write = |all: Aggregations| {
            let mut transaction = Transaction::default();
            all.write(&home, &|_| None, &mut transaction).unwrap();
            let changes = !transaction.paths().is_empty();
            transaction.commit(&home).unwrap();
            changes
        };
        assert!(!write(Aggregations::default()));
        std::fs::create_dir(home.state_home()).unwrap();
        std::fs::write(&path, r#"{"generatedAt": "x", "catalog": {"toolOverrides": {}}}"#).unwrap();
        assert!(write(all()) && !write(all()));
        let document = Value::Object(json_file::read_object(&path).unwrap().unwrap());
        assert_eq!(document["generatedAt"], "x");
        let written = &document["catalog"]["toolAggregations"];
        assert_eq!(written["aggregations"].as_array().unwrap().len(), 1);
        assert_eq!(written["defaults"], json!({"timeoutSeconds": 2, "serverName": "agg"}));
        assert_eq!(written["hiddenTools"], json!([{"server": "s", "tool": "y", "reason": "R"}]));
    }
}
