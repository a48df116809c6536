//! `manifest.json` of a bundle for desktop clients (MCPB, once DXT).

use camino::Utf8Path;
use serde_json::Value;

use super::{json, of_entry};
use crate::init::command_line;
use crate::init::hint::Hint;
use crate::init::repository::Repository;

/// The hint of the manifest, at the root or where bundles are packed.
pub fn hints(repository: &Repository, folder: &Utf8Path) -> Vec<Hint> {
    let places = ["", "mcpb", "dxt", "extension", "packaging/mcpb", "desktop-extension"];
    let manifests =
        places.iter().filter_map(|place| json(repository, &folder.join(place), "manifest.json"));
    manifests.filter_map(|(file, manifest)| hint(&file, &manifest)).collect()
}

fn hint(file: &str, manifest: &Value) -> Option<Hint> {
    let server = manifest.get("server").filter(|server| server.is_object())?;
    let mut hint = of_entry(file, &server["mcp_config"]);
    // What is packed with it is not in a clone: its entry point is.
    if let Some(entry) = server["entry_point"].as_str().filter(|_| hint.line.is_none()) {
        let program = if server["type"] == "python" { "python" } else { "node" };
        hint.line = command_line::line(&[program.to_owned(), entry.to_owned()]);
    }
    let required = |name: &str| manifest["user_config"][name]["required"] == true;
    let env = server["mcp_config"]["env"].as_object();
    for variable in &mut hint.variables {
        let value = env.and_then(|env| env.get(&variable.name)?.as_str()).unwrap_or_default();
        let asked = value.strip_prefix("${user_config.").and_then(|rest| rest.strip_suffix('}'));
        variable.is_required = asked.is_some_and(required);
    }
    Some(hint)
}
