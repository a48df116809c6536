//! The rendered config of the gateway, made from the template, the overlay and the overrides.

use std::collections::HashSet;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value};

use crate::aggregations::Aggregations;
use crate::document::Document;
use crate::fragment::{Fragment, fragments};
use crate::transaction::{PRIVATE, Transaction};
use crate::{ConfigHome, Lookup, Refusal, guard, layers, lock, overrides, placeholder};

const SERVERS: &str = "mcpServers";

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
    if !template.exists() {
        bail!("{template}: there is no such template; correct --template");
    }
    let mut transaction = Transaction::default();
    let config = fill(template, &home.overlay(), lookup)?;
    let servers = config.entries.in_order().map(str::to_owned).collect();
    transaction.write(output, config.to_bytes()?, PRIVATE)?;
    drop(config);
    runtime_overrides(template, home, lookup, &mut transaction)?;
    let changed = transaction.paths();
    transaction.commit(home)?;
    Ok(Rendered {
        output: output.to_owned(),
        changed: changed.iter().any(|path| path == output),
        overrides_changed: changed.iter().any(|path| path == home.runtime_overrides()),
        servers,
    })
}

/// The template with the overlay laid over it, and without placeholders.
fn fill(template: &Utf8Path, overlay: &Utf8Path, lookup: Lookup) -> Result<Document> {
    let layers = vec![Document::read(template, SERVERS)?, Document::read(overlay, SERVERS)?];
    let own: HashSet<String> = layers[1].entries.in_order().map(str::to_owned).collect();
    let mut missing = Vec::new();
    let mut value_at = |key: &str, place: &[String]| {
        let value = value(key, lookup);
        if value.is_none() {
            missing.push(describe(key, place, &own, template, overlay));
        }
        value
    };
    let mut config = layers::lay(layers, SERVERS, &mut |name, entry| {
        let place = &mut vec![SERVERS.to_owned()];
        let mut new_name = name.to_owned();
        replace_text(&mut new_name, place, &mut value_at);
        place.push(name.to_owned());
        replace(entry, place, &mut value_at);
        Some(new_name)
    });
    let mut head = Value::Object(std::mem::take(&mut config.head));
    replace(&mut head, &mut Vec::new(), &mut value_at);
    if let Value::Object(head) = head {
        config.head = head;
    }
    missing.dedup();
    if !missing.is_empty() {
        bail!(Refusal::new(missing.join("; "), "add the values to .env or to the environment"));
    }
    Ok(config)
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

/// Plans to write what the gateway and the aggregator read: the overrides of all sources laid over
/// each other, and the aggregations of all fragments.
fn runtime_overrides(
    template: &Utf8Path,
    home: &ConfigHome,
    lookup: Lookup,
    transaction: &mut Transaction,
) -> Result<()> {
    let mut layers = Vec::new();
    let mut aggregations = Aggregations::default();
    let base = template.with_file_name("tool_overrides.json");
    if base != home.overrides() {
        layers.push(overrides::read_document(&base)?);
    }
    for path in fragments(home)? {
        let fragment = Fragment::read(&path)?;
        layers.extend(fragment.overrides);
        aggregations.add(&fragment.head);
    }
    layers.push(overrides::read_document(home.overrides())?);
    let mut merged = layers::lay(layers, overrides::SERVERS, &mut |name, block| {
        deduplicate(block);
        Some(name.to_owned())
    });
    tidy(&mut merged.head);
    overrides::complete(&mut merged.head);
    aggregations.apply(&mut merged);
    merged.entries.retain(&mut has_tools);
    transaction.write(home.runtime_overrides(), merged.to_bytes()?, PRIVATE)?;
    aggregations.write(home, lookup, transaction)
}

fn has_tools(block: &Value) -> bool {
    block.get("tools").and_then(Value::as_object).is_some_and(|tools| !tools.is_empty())
}

/// Leaves out what the gateway does not want: old forms, and repeated entries of lists that are
/// sets.
fn tidy(head: &mut Map<String, Value>) {
    head.shift_remove("tools");
    if let Some(Value::Object(tools)) = head.get_mut("master").and_then(|m| m.get_mut("tools")) {
        tools.retain(|name, _| name == "*");
    }
    head.values_mut().for_each(deduplicate);
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
    use crate::json_file;

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
