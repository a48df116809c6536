//! The tools' schemas, taken from the live list into the overrides.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::Value;

use crate::overrides::{Overrides, add_schema};
use crate::transaction::{PRIVATE, Transaction};
use crate::{ConfigHome, LiveTool, lock};

/// Writes the input and output schema of each live tool into the overrides of its servers, unless
/// one is written there or in what the gateway reads. Returns whether anything changed; a second
/// run with the same tools changes no byte.
///
/// # Errors
/// Overrides that are not readable or not valid; any failure to write, and nothing is changed.
pub fn fill_schemas(home: &ConfigHome, tools: &[LiveTool]) -> Result<bool> {
    let _lock = lock::acquire(home)?;
    let mut written = Overrides::read(home.overrides())?;
    let mut runtime = Overrides::read(home.runtime_overrides())?;
    let has_runtime = home.runtime_overrides().exists();
    for (server, tools) in by_server(tools) {
        fill(server, &tools, &mut written, &mut runtime);
    }
    let mut transaction = Transaction::default();
    if let Some(document) = written.into_document() {
        transaction.write(home.overrides(), document.to_bytes()?, PRIVATE)?;
    }
    if let Some(document) = runtime.into_document().filter(|_| has_runtime) {
        transaction.write(home.runtime_overrides(), document.to_bytes()?, PRIVATE)?;
    }
    let changed = !transaction.paths().is_empty();
    transaction.commit(home)?;
    Ok(changed)
}

fn by_server(tools: &[LiveTool]) -> BTreeMap<&str, Vec<&Value>> {
    let mut servers: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for live in tools {
        live.servers()
            .into_iter()
            .for_each(|server| servers.entry(server).or_default().push(&live.tool));
    }
    servers
}

/// The schemas go into both files, as a later render would put them: they are only added where the
/// rendered overrides have none, so that they cannot be mixed with those that a bundle brings.
fn fill(server: &str, tools: &[&Value], written: &mut Overrides, runtime: &mut Overrides) {
    runtime.edit(server, |seen| {
        let mut added = false;
        written.edit(server, |block| {
            let mut changed = false;
            for (tool, key, schema) in tools.iter().copied().flat_map(schemas) {
                if add_schema(seen, tool, key, schema) {
                    added = true;
                    changed |= add_schema(block, tool, key, schema);
                }
            }
            changed
        });
        added
    });
}

fn schemas(tool: &Value) -> impl Iterator<Item = (&str, &'static str, &Value)> {
    ["inputSchema", "outputSchema"].into_iter().filter_map(|key| {
        let name = tool.get("name")?.as_str().filter(|name| !name.is_empty())?;
        Some((name, key, tool.get(key).filter(|schema| is_some(schema))?))
    })
}

fn is_some(schema: &Value) -> bool {
    schema.as_object().is_some_and(|schema| !schema.is_empty())
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;
    use serde_json::json;

    use super::*;
    use crate::json_file;

    #[test]
    fn fills_what_is_missing_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let home = ConfigHome::new(Utf8Path::from_path(folder.path()).unwrap());
        let known = json!({"servers": {"a": {"tools": {"t": {"inputSchema": {"mine": 1}}}}}});
        std::fs::write(home.overrides(), known.to_string()).unwrap();
        std::fs::create_dir(home.state_home()).unwrap();
        std::fs::write(home.runtime_overrides(), known.to_string()).unwrap();
        let schema = json!({"type": "object"});
        let tool = json!({"name": "t", "inputSchema": schema, "outputSchema": schema});
        let tools = [
            LiveTool { server: Some("a".into()), tool: tool.clone() },
            LiveTool { server: Some("b".into()), tool },
            LiveTool { server: None, tool: json!({"name": "stray", "inputSchema": schema}) },
        ];
        assert!(fill_schemas(&home, &tools).unwrap());
        let before = std::fs::read_to_string(home.overrides()).unwrap();
        assert!(!fill_schemas(&home, &tools).unwrap());
        assert_eq!(std::fs::read_to_string(home.overrides()).unwrap(), before);
        for path in [home.overrides(), home.runtime_overrides()] {
            let servers = json_file::read_object(path).unwrap().unwrap()["servers"].clone();
            let a = json!({"inputSchema": {"mine": 1}, "outputSchema": schema});
            let b = json!({"enabled": true, "inputSchema": schema, "outputSchema": schema});
            assert_eq!(servers["a"]["tools"]["t"], a);
            assert_eq!(servers["b"], json!({"enabled": true, "tools": {"t": b}}));
        }
    }
}
