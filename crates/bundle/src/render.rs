//! What the gateway reads, made from the template, the overlay and the overrides.

use std::collections::HashSet;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value};

use crate::merge::merge_objects;
use crate::transaction::{PRIVATE, Transaction};
use crate::{ConfigHome, Lookup, Refusal, guard, json_file, lock, overrides, placeholder};

/// What rendering made.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The gateway's config.
    pub output: Utf8PathBuf,
    /// Whether the gateway's config is different from before.
    pub changed: bool,
    /// Whether the gateway's tool overrides are different from before.
    pub overrides_changed: bool,
    /// The servers in the config, in its order.
    pub servers: Vec<String>,
}

/// Lays the overlay over the template, replaces every placeholder, and writes the result to
/// `output` in the config home. The gateway's tool overrides are made in the same step: those
/// beside the template, if any, those of the catalog fragments and installed bundles, and the
/// config home's own over them. Files that would stay the same are not touched.
///
/// A value goes into its JSON string as it is, so quotes and backslashes in it do no harm.
/// `PROXY_PORT` falls back to `PUBLIC_PORT`, then to 9090.
///
/// # Errors
/// A template, overlay or overrides file that is missing or not valid; an output outside the config
/// home; placeholders without a value, each with its server and the file it stands in. Nothing is
/// written then.
pub fn render(
    template: &Utf8Path,
    home: &ConfigHome,
    output: &Utf8Path,
    lookup: Lookup,
) -> Result<Rendered> {
    let _lock = lock::acquire(home)?;
    guard::check_inside(home, output)?;
    let base = json_file::read_object(template)?
        .with_context(|| format!("{template}: there is no such template"))?;
    let overlay = json_file::read_object(&home.overlay())?.unwrap_or_default();
    let config = fill(base, overlay, template, &home.overlay(), lookup)?;
    let overrides = runtime_overrides(template, home)?;
    let mut transaction = Transaction::default();
    transaction.write(output, json_file::to_bytes(&config)?, PRIVATE)?;
    transaction.write(home.runtime_overrides(), json_file::to_bytes(&overrides)?, PRIVATE)?;
    let changed = transaction.paths();
    transaction.commit(home)?;
    let servers = config.get("mcpServers").and_then(Value::as_object);
    Ok(Rendered {
        output: output.to_owned(),
        changed: changed.iter().any(|path| path == output),
        overrides_changed: changed.iter().any(|path| path == home.runtime_overrides()),
        servers: servers.map(|servers| servers.keys().cloned().collect()).unwrap_or_default(),
    })
}

fn fill(
    base: Map<String, Value>,
    overlay: Map<String, Value>,
    template_path: &Utf8Path,
    overlay_path: &Utf8Path,
    lookup: Lookup,
) -> Result<Map<String, Value>> {
    let own: HashSet<String> = overlay
        .get("mcpServers")
        .and_then(Value::as_object)
        .map(|servers| servers.keys().cloned().collect())
        .unwrap_or_default();
    let mut config = Value::Object(merge_objects(base, overlay));
    let mut missing = Vec::new();
    replace(&mut config, &mut Vec::new(), &mut |key, place| {
        let value = value(key, lookup);
        if value.is_none() {
            missing.push(describe(key, place, &own, template_path, overlay_path));
        }
        value
    });
    missing.dedup();
    match (missing.as_slice(), config) {
        ([], Value::Object(config)) => Ok(config),
        _ => {
            bail!(Refusal::new(missing.join("; "), "add the values to .env or to the environment",))
        }
    }
}

fn value(key: &str, lookup: Lookup) -> Option<String> {
    if key != "PROXY_PORT" {
        return lookup(key);
    }
    let port = ["PROXY_PORT", "PUBLIC_PORT"].into_iter().filter_map(lookup);
    port.into_iter().find(|port| !port.is_empty()).or_else(|| Some("9090".to_owned()))
}

fn describe(
    key: &str,
    place: &[String],
    own: &HashSet<String>,
    template: &Utf8Path,
    overlay: &Utf8Path,
) -> String {
    match place {
        [servers, server, ..] if servers == "mcpServers" => {
            let file = if own.contains(server) { overlay } else { template };
            format!("the placeholder {{{{{key}}}}} of server {server} in {file} has no value")
        }
        _ => format!("the placeholder {{{{{key}}}}} in {template} has no value"),
    }
}

/// Gives the value of a key that stands at a place, which is named by the keys that lead there.
type ValueAt<'a> = &'a mut dyn FnMut(&str, &[String]) -> Option<String>;

fn replace(value: &mut Value, place: &mut Vec<String>, value_at: ValueAt) {
    match value {
        Value::String(text) => replace_text(text, place, value_at),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, place, value_at)),
        Value::Object(object) => {
            if object.keys().any(|key| placeholder::keys(key).next().is_some()) {
                rename(object, place, value_at);
            }
            for (key, value) in object {
                place.push(key.clone());
                replace(value, place, value_at);
                place.pop();
            }
        }
        _ => {}
    }
}

fn replace_text(text: &mut String, place: &[String], value_at: ValueAt) {
    let expanded =
        placeholder::expand(text, &mut |key| Some(value_at(key, place).unwrap_or_default()));
    if let Ok(std::borrow::Cow::Owned(new)) = expanded {
        *text = new;
    }
}

fn rename(object: &mut Map<String, Value>, place: &[String], value_at: ValueAt) {
    let renamed = std::mem::take(object).into_iter().map(|(mut key, value)| {
        replace_text(&mut key, place, value_at);
        (key, value)
    });
    *object = renamed.collect();
}

fn runtime_overrides(template: &Utf8Path, home: &ConfigHome) -> Result<Map<String, Value>> {
    let mut merged = Map::new();
    for path in
        [template.with_file_name("tool_overrides.json")].iter().filter(|p| *p != home.overrides())
    {
        merged = merge_objects(merged, read_overrides(path)?);
    }
    for path in fragments(home)? {
        let mut fragment = json_file::read_object(&path)?.unwrap_or_default();
        let key = if fragment.contains_key("tool_overrides") {
            "tool_overrides"
        } else {
            "toolOverrides"
        };
        if let Some(Value::Object(part)) = fragment.remove(key) {
            overrides::check(&path, &part)?;
            merged = merge_objects(merged, part);
        }
    }
    merged = merge_objects(merged, read_overrides(home.overrides())?);
    overrides::complete(&mut merged);
    tidy(&mut merged);
    Ok(merged)
}

fn read_overrides(path: &Utf8Path) -> Result<Map<String, Value>> {
    let document = json_file::read_object(path)?.unwrap_or_default();
    overrides::check(path, &document)?;
    Ok(document)
}

/// The catalog fragments in the order in which they are laid over each other.
fn fragments(home: &ConfigHome) -> Result<Vec<Utf8PathBuf>> {
    let list = |folder: &Utf8Path| -> Result<Vec<Utf8PathBuf>> {
        let Ok(entries) = folder.read_dir_utf8() else { return Ok(Vec::new()) };
        let paths: std::io::Result<Vec<_>> = entries.map(|entry| Ok(entry?.into_path())).collect();
        let mut paths = paths.with_context(|| format!("list {folder}"))?;
        paths.sort();
        Ok(paths)
    };
    let mut found = list(&home.catalog())?;
    found.retain(|path| path.extension() == Some("json") && path.is_file());
    // Beside the bundles' folders there is a placeholder file, which keeps the folder in git.
    let bundles = list(&home.bundles())?.into_iter().filter(|path| path.is_dir());
    found.extend(bundles.map(|folder| folder.join("catalog.json")));
    Ok(found)
}

/// Leaves out what the gateway does not want: old forms, servers without tools, repeated entries of
/// lists that are sets.
fn tidy(document: &mut Map<String, Value>) {
    document.shift_remove("tools");
    if let Some(Value::Object(tools)) = document.get_mut("master").and_then(|m| m.get_mut("tools"))
    {
        tools.retain(|name, _| name == "*");
    }
    if let Some(Value::Object(servers)) = document.get_mut("servers") {
        servers.retain(|_, server| {
            server.get("tools").and_then(Value::as_object).is_some_and(|tools| !tools.is_empty())
        });
    }
    document.values_mut().for_each(deduplicate);
}

fn deduplicate(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(deduplicate),
        Value::Object(object) => {
            for (key, value) in object {
                deduplicate(value);
                if let (true, Value::Array(items)) = (key == "enum" || key == "required", value) {
                    let mut seen = HashSet::new();
                    items.retain(|item| seen.insert(item.to_string()));
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;

    fn home() -> (tempfile::TempDir, ConfigHome, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().to_owned();
        let home = ConfigHome::new(path.join("home"));
        fs::create_dir_all(home.bundle("pack")).unwrap();
        fs::create_dir(path.join("clone")).unwrap();
        (folder, home, path.join("clone/template.json"))
    }

    fn put(path: &Utf8Path, value: Value) {
        fs::write(path, value.to_string()).unwrap();
    }

    fn get(path: &Utf8Path) -> Value {
        Value::Object(json_file::read_object(path).unwrap().unwrap())
    }

    fn lookup(key: &str) -> Option<String> {
        match key {
            "A" => Some("a\"\\{{B}}".to_owned()),
            "PUBLIC_PORT" => Some("8123".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn merges_and_replaces() {
        let (_folder, home, template) = home();
        put(&template, json!({"addr": ":{{PROXY_PORT}}", "mcpServers": {"t": {"args": ["1"]}}}));
        put(
            &home.overlay(),
            json!({"mcpServers": {"o": {"{{ A }}": "{{A}}!"}, "t": {"args": ["2"]}}}),
        );
        let output = home.proxy_config();
        let rendered = render(&template, &home, &output, &lookup).unwrap();
        assert_eq!(
            (rendered.changed, rendered.servers),
            (true, vec!["t".to_owned(), "o".to_owned()])
        );
        let value = "a\"\\{{B}}";
        let servers = json!({"t": {"args": ["1", "2"]}, "o": {value: format!("{value}!")}});
        assert_eq!(get(&output), json!({"addr": ":8123", "mcpServers": servers}));
        let again = render(&template, &home, &output, &lookup).unwrap();
        assert!(!again.changed && !again.overrides_changed);
    }

    #[test]
    fn a_missing_value_is_named_with_its_server_and_file() {
        let (_folder, home, template) = home();
        put(&template, json!({"mcpServers": {"t": {"command": "{{T}}"}}, "x": "{{X}}"}));
        put(&home.overlay(), json!({"mcpServers": {"o": {"env": {"K": "{{O}}"}}}}));
        let error =
            render(&template, &home, &home.proxy_config(), &lookup).unwrap_err().to_string();
        for part in [
            format!("{{{{T}}}} of server t in {template}"),
            format!("{{{{O}}}} of server o in {}", home.overlay()),
            format!("{{{{X}}}} in {template}"),
        ] {
            assert!(error.contains(&part), "{error}\nlacks {part}");
        }
        assert!(!home.proxy_config().exists());
    }

    #[test]
    fn lays_the_overrides_over_each_other() {
        let (_folder, home, template) = home();
        put(&template, json!({}));
        let tool = |key: &str, value: Value| json!({"a": {"tools": {"t": {key: value}}}});
        let schema = json!({"required": ["x"], "anyOf": [1]});
        put(
            &template.with_file_name("tool_overrides.json"),
            json!({"servers": tool("inputSchema", schema.clone())}),
        );
        put(
            &home.bundle("pack").join("catalog.json"),
            json!({"toolOverrides": {"servers": tool("enabled", json!(false))}}),
        );
        let mut own = tool("inputSchema", json!({"required": ["x", "y"]}));
        own["empty"] = json!({"enabled": true, "tools": {}});
        put(home.overrides(), json!({"servers": own, "tools": {"old": {}}, "mine": 1}));
        render(&template, &home, &home.proxy_config(), &lookup).unwrap();
        let merged =
            json!({"inputSchema": {"required": ["x", "y"], "anyOf": [1]}, "enabled": false});
        let expected = json!({
            "servers": {"a": {"tools": {"t": merged}}},
            "mine": 1,
            "schemaVersion": 2,
            "master": {"tools": {"*": {"annotations": {}}}},
        });
        assert_eq!(get(home.runtime_overrides()), expected);
    }

    #[test]
    fn an_output_elsewhere_is_refused() {
        let (_folder, home, template) = home();
        put(&template, json!({}));
        let output = template.with_file_name("proxy.json");
        assert!(render(&template, &home, &output, &lookup).is_err());
        assert!(!output.exists());
    }
}
