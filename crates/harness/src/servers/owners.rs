//! The owners of tools: which server each belongs to, as far as the files of a config home tell.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::config::read;

/// The servers of each tool, from tool overrides and from the catalogs of bundles.
pub fn owners(config_home: &Utf8Path, overrides: &[Utf8PathBuf]) -> BTreeMap<String, Vec<String>> {
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

/// Why the `tools` that the overrides hide are not listed by their names. One that a server shows is not
/// hidden by what is said of another server's.
pub fn hidden(overrides: &[Utf8PathBuf], tools: &[String]) -> BTreeMap<String, String> {
    let files: Vec<(&Utf8PathBuf, Value)> =
        overrides.iter().rev().map(|path| (path, read(path))).collect();
    let why = |tool: &String| {
        let mut said = files.iter().map(|(path, text)| (path, said_of(text, tool)));
        let (path, said) = said.find(|(_, said)| !said.is_empty())?;
        let hidden: Option<Vec<String>> = said.into_iter().collect();
        let file = path.file_name().unwrap_or_default();
        Some((tool.clone(), format!("{file} hides it: {}", hidden?.join("; "))))
    };
    tools.iter().filter_map(why).collect()
}

/// For each server of which the overrides have something to say about the tool, what hides it, if anything.
fn said_of(overrides: &Value, tool: &str) -> Vec<Option<String>> {
    let servers = overrides["servers"].as_object().into_iter().flatten();
    let of = |(server, fragment): (&String, &Value)| {
        let said = fragment["tools"].get(tool)?;
        let name = said["name"].as_str().filter(|name| !name.is_empty() && *name != tool);
        Some(if fragment["enabled"] == false {
            Some(format!("enabled of server {server} is false"))
        } else if said["enabled"] == false {
            Some(format!("its enabled of server {server} is false"))
        } else {
            name.map(|name| format!("server {server} lists it as {name}"))
        })
    };
    servers.filter_map(of).collect()
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
        let owners = owners(home, std::slice::from_ref(&overrides));
        let hidden = hidden(&[home.join("none"), overrides], &["grep".into(), "x".into()]);
        assert_eq!(hidden["grep"], "o.json hides it: server rg lists it as find");
        assert_eq!(hidden.len(), 1);
        for (tool, server) in [("grep", "rg"), ("find", "rg"), ("read", "fs")] {
            assert_eq!(owners[tool], [server], "{owners:?}");
        }
    }
}
