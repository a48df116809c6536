//! The tools' schemas, taken from the live list into the overrides.

use anyhow::Result;
use serde_json::Value;

use crate::overrides::Overrides;
use crate::transaction::{PRIVATE, Transaction};
use crate::{ConfigHome, LiveTool, json_file, lock};

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
    for live in tools {
        fill(live, &mut written, &mut runtime);
    }
    let mut transaction = Transaction::default();
    if let Some(document) = written.into_document() {
        transaction.write(home.overrides(), json_file::to_bytes(&document)?, PRIVATE)?;
    }
    if let Some(document) = runtime.into_document().filter(|_| has_runtime) {
        transaction.write(home.runtime_overrides(), json_file::to_bytes(&document)?, PRIVATE)?;
    }
    let changed = !transaction.paths().is_empty();
    transaction.commit(home)?;
    Ok(changed)
}

/// The schema goes into both files, as a later render would put it: it is only added where the
/// rendered overrides have none, so that it cannot be mixed with one that a bundle brings.
fn fill(live: &LiveTool, written: &mut Overrides, runtime: &mut Overrides) {
    let Some(name) = live.tool.get("name").and_then(Value::as_str) else { return };
    for server in live.servers() {
        for key in ["inputSchema", "outputSchema"] {
            let Some(schema) = live.tool.get(key).filter(|schema| is_some(schema)) else {
                continue;
            };
            if runtime.add_schema(server, name, key, schema) {
                written.add_schema(server, name, key, schema);
            }
        }
    }
}

fn is_some(schema: &Value) -> bool {
    schema.as_object().is_some_and(|schema| !schema.is_empty())
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;
    use serde_json::json;

    use super::*;

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
