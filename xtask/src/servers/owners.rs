//! Which server a tool belongs to, as far as the files of a config home tell.

use std::collections::BTreeMap;

use camino::Utf8Path;
use serde_json::Value;

use super::config::read;

/// The servers of each tool, from tool overrides and from the catalogs of bundles.
pub fn owners(config_home: &Utf8Path, overrides: &[&Utf8Path]) -> BTreeMap<String, Vec<String>> {
    let mut owners = BTreeMap::new();
    for path in overrides {
        add_overrides(&mut owners, &read(path));
    }
    let bundles = config_home.join("bundles").read_dir_utf8().into_iter().flatten().flatten();
    for bundle in bundles {
        let catalog = read(&bundle.path().join("catalog.json"));
        add_overrides(&mut owners, &catalog["toolOverrides"]);
        for server in catalog["servers"].as_array().into_iter().flatten() {
            let name = server["name"].as_str().unwrap_or_default();
            for tool in server["tools"].as_array().into_iter().flatten() {
                add(&mut owners, tool["name"].as_str().unwrap_or_default(), name);
            }
        }
    }
    owners
}

fn add_overrides(owners: &mut BTreeMap<String, Vec<String>>, overrides: &Value) {
    for (server, fragment) in overrides["servers"].as_object().into_iter().flatten() {
        for (tool, said) in fragment["tools"].as_object().into_iter().flatten() {
            add(owners, tool, server);
            // A tool may be listed under another name.
            add(owners, said["name"].as_str().unwrap_or_default(), server);
        }
    }
}

fn add(owners: &mut BTreeMap<String, Vec<String>>, tool: &str, server: &str) {
    let known = owners.entry(tool.to_owned()).or_default();
    if !tool.is_empty() && !server.is_empty() && !known.iter().any(|name| name == server) {
        known.push(server.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn overrides_and_catalogs_tell_whose_a_tool_is() {
        let folder = tempfile::tempdir().unwrap();
        let home = Utf8Path::from_path(folder.path()).unwrap();
        fs::create_dir_all(home.join("bundles/b")).unwrap();
        let overrides = home.join("o.json");
        fs::write(&overrides, r#"{"servers": {"rg": {"tools": {"grep": {"name": "find"}}}}}"#)
            .unwrap();
        let catalog = r#"{"servers": [{"name": "fs", "tools": [{"name": "read"}]}]}"#;
        fs::write(home.join("bundles/b/catalog.json"), catalog).unwrap();
        let owners = owners(home, &[&overrides]);
        for (tool, server) in [("grep", "rg"), ("find", "rg"), ("read", "fs")] {
            assert_eq!(owners[tool], [server], "{owners:?}");
        }
    }
}
