//! A bundle's catalog as it lies on disk: a folder, a single file, or a file that points to a folder.

use std::collections::HashSet;

use anyhow::{Context, Result, anyhow, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::bundle::{Bundle, SERVERS};
use crate::descriptor::Descriptor;
use crate::document::{kind_of, split};
use crate::fragment::overrides_of;
use crate::json_file::{self, kind};
use crate::locate::{self, Step};
use crate::{aggregation_check, manifest, names};

/// Reads and checks the bundle at `path`: a folder with `catalog.json` and perhaps `install.json`,
/// a single JSON file, or one whose `bundleRef` or `bundleFolder` leads to another.
///
/// # Errors
/// Whatever is not a valid bundle, with the file and the place: a missing file, JSON that is too
/// large or not valid, a wrong type, a bad or repeated name, an unknown schemaVersion, or refs that
/// lead in a circle.
pub fn read(path: &Utf8Path) -> Result<Bundle> {
    let real = path.canonicalize_utf8().with_context(|| {
        format!("{path}: there is no such bundle; give a folder with a catalog.json")
    })?;
    follow(real, &mut Vec::new())
}

fn follow(path: Utf8PathBuf, trail: &mut Vec<Utf8PathBuf>) -> Result<Bundle> {
    if path.is_dir() {
        return read_folder(path);
    }
    if trail.contains(&path) {
        let steps: Vec<_> = trail.iter().chain([&path]).map(|step| step.as_str()).collect();
        bail!("{path}: its bundleRef leads in a circle: {}", steps.join(" → "));
    }
    let text = load(&path)?;
    let Some(target) = reference(&path, &split(&path, &text, SERVERS)?.0)?.map(str::to_owned)
    else {
        let name = path.file_stem().unwrap_or("bundle").to_owned();
        return build(&path, &text, Map::new(), name, None);
    };
    let joined = path.parent().unwrap_or(Utf8Path::new("/")).join(&target);
    let next = joined
        .canonicalize_utf8()
        .with_context(|| format!("{path}: its bundleRef {target:?} does not exist"))?;
    trail.push(path);
    follow(next, trail)
}

fn read_folder(folder: Utf8PathBuf) -> Result<Bundle> {
    let path = folder.join("catalog.json");
    if !path.exists() {
        bail!("{folder}: this folder has no catalog.json, so it is no bundle");
    }
    let text = load(&path)?;
    let manifest_path = folder.join("install.json");
    let manifest = json_file::read_object(&manifest_path)?.unwrap_or_default();
    manifest::check(&manifest_path, &manifest)?;
    let name = folder.file_name().unwrap_or("bundle").to_owned();
    build(&path, &text, manifest, name, Some(folder))
}

fn load(path: &Utf8Path) -> Result<String> {
    json_file::read_text(path)?.with_context(|| format!("{path}: there is no such file"))
}

fn reference<'a>(path: &Utf8Path, catalog: &'a Map<String, Value>) -> Result<Option<&'a str>> {
    for key in ["bundleRef", "bundleFolder"] {
        match catalog.get(key) {
            None | Some(Value::Null) => {}
            Some(Value::String(target)) if target.trim().is_empty() => {}
            Some(Value::String(target)) => return Ok(Some(target.trim())),
            Some(other) => {
                let what = format!("expected a string, found {}; correct the bundle", kind(other));
                bail!(locate::fault_in(path, &[Step::Key(key.to_owned())], &what))
            }
        }
    }
    Ok(None)
}

pub fn build(
    path: &Utf8Path,
    text: &str,
    manifest: Map<String, Value>,
    fallback: String,
    source: Option<Utf8PathBuf>,
) -> Result<Bundle> {
    let (mut head, servers) = split(path, text, SERVERS)?;
    let wrong = |(place, what): Fault| {
        anyhow!(locate::fault(path, text, &place, &format!("{what}; correct the bundle")))
    };
    check_head(&head).map_err(wrong)?;
    aggregation_check::check(&head).map_err(wrong)?;
    overrides_of(path, &mut head.clone())?;
    let (servers, names) = check_servers(servers.unwrap_or("[]")).map_err(wrong)?;
    head.entry(SERVERS).or_insert(Value::Null);
    let named = head.get("name").and_then(Value::as_str).map(str::trim).unwrap_or_default();
    let name = if named.is_empty() { fallback } else { named.to_owned() };
    if let Some(fault) = names::fault(&name) {
        return Err(wrong((
            vec![Step::Key("name".to_owned())],
            format!("the name {name:?} {fault}"),
        )));
    }
    Ok(Bundle { name, head, servers, names, manifest, source })
}

/// A place in the catalog, and what is wrong there.
pub type Fault = (Vec<Step>, String);

fn check_head(head: &Map<String, Value>) -> Result<(), Fault> {
    let key = |name: &str| vec![Step::Key(name.to_owned())];
    manifest::check_version(head).map_err(|what| (key("schemaVersion"), what))?;
    let wanted =
        [("name", "a string"), ("toolOverrides", "an object"), ("toolAggregations", "an object")];
    for (name, wanted) in wanted {
        let value = head.get(name).filter(|value| !value.is_null());
        if let Some(value) = value.filter(|value| kind(value) != wanted) {
            return Err((key(name), format!("expected {wanted}, found {}", kind(value))));
        }
    }
    Ok(())
}

/// The servers as compact text, and their names.
fn check_servers(text: &str) -> Result<(Vec<Box<str>>, Vec<String>), Fault> {
    let key = || vec![Step::Key(SERVERS.to_owned())];
    let servers: Vec<&RawValue> = serde_json::from_str(text)
        .map_err(|_| (key(), format!("expected an array, found {}", kind_of(text))))?;
    let (mut texts, mut names) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    for (at, server) in servers.into_iter().enumerate() {
        let place = |field: &str| [key(), vec![Step::Index(at)], locate::steps(field)].concat();
        let value: Value = serde_json::from_str(server.get())
            .map_err(|error| (place(""), format!("not valid JSON: {error}")))?;
        let descriptor =
            Descriptor::parse(&value).map_err(|fault| (place(&fault.field), fault.what))?;
        if !seen.insert(descriptor.name.clone()) {
            return Err((place("name"), format!("the name {:?} is there twice", descriptor.name)));
        }
        names.push(descriptor.name);
        texts.push(value.to_string().into_boxed_str());
    }
    Ok((texts, names))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().canonicalize_utf8().unwrap();
        (folder, path)
    }

    fn read_catalog(text: &str) -> Result<Bundle> {
        let (_guard, folder) = folder();
        fs::write(folder.join("catalog.json"), text).unwrap();
        read(&folder)
    }

    #[test]
    fn reads_a_folder_a_file_and_a_reference() {
        let (_guard, folder) = folder();
        let pack = folder.join("pack");
        fs::create_dir(&pack).unwrap();
        fs::write(pack.join("catalog.json"), r#"{"servers": [{"name": "a"}]}"#).unwrap();
        fs::write(
            pack.join("install.json"),
            r#"{"installRefs": [{"ref": " r ", "description": "D"}]}"#,
        )
        .unwrap();
        fs::write(folder.join("ref.json"), r#"{"bundleRef": "pack"}"#).unwrap();
        fs::write(folder.join("single.json"), r#"{"name": " one ", "bundleRef": ""}"#).unwrap();
        for path in [pack.clone(), folder.join("ref.json")] {
            let bundle = read(&path).unwrap();
            assert_eq!((bundle.name(), bundle.source()), ("pack", Some(pack.as_path())));
            assert_eq!(bundle.manifest_refs().collect::<Vec<_>>(), [("r", Some("D"))]);
        }
        let single = read(&folder.join("single.json")).unwrap();
        assert_eq!((single.name(), single.source(), single.server_count()), ("one", None, 0));
    }

    #[test]
    fn says_where_it_is_wrong() {
        for (text, expected) in [
            ("{\n \"servers\": {}\n}", "catalog.json:2:13: servers: expected an array"),
            (
                "{\"servers\": [\n  {\"name\": \"a\"},\n  {\"name\": \"a\"}]}",
                "catalog.json:3:12: servers[1].name: the name \"a\" is there twice",
            ),
            (
                "{\"servers\": [{\"name\": \"a/b\"}]}",
                "servers[0].name: the name \"a/b\" contains a slash",
            ),
            (
                "{\"servers\": [{\"name\": \"a\", \"args\": [[]]}]}",
                "catalog.json:1:37: servers[0].args[0]: expected a string, found an array",
            ),
            ("{\"schemaVersion\": 7}", "schemaVersion: 7 is not known"),
            ("{\"name\": \"../x\"}", "catalog.json:1:10: name: the name \"../x\" contains a slash"),
            ("{\"name\": 3}", "name: expected a string, found a number"),
            ("{", "catalog.json:1:1: not valid JSON"),
            (
                "{\"toolAggregations\": {\"aggregations\": [{\"name\": \"a\"}]}}",
                "catalog.json:1:40: toolAggregations.aggregations[0]: it has no description",
            ),
            (
                "{\"toolAggregations\": {\"hiddenTools\": [{\"server\": \"a\", \"tool\": 1}]}}",
                "catalog.json:1:63: toolAggregations.hiddenTools[0].tool: expected a string",
            ),
            (
                "{\"toolOverrides\": {\"servers\":\n {\"a\": 1}}}",
                "catalog.json:2:8: toolOverrides.servers.a: expected an object",
            ),
        ] {
            let error = read_catalog(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}\nlacks {expected}");
        }
    }

    #[test]
    fn a_circle_and_a_dead_end_are_refused() {
        let (_guard, folder) = folder();
        fs::write(folder.join("a.json"), r#"{"bundleRef": "b.json"}"#).unwrap();
        fs::write(folder.join("b.json"), r#"{"bundleFolder": "./a.json"}"#).unwrap();
        fs::write(folder.join("c.json"), r#"{"bundleRef": "none"}"#).unwrap();
        assert!(read(&folder.join("a.json")).unwrap_err().to_string().contains("circle"));
        assert!(
            read(&folder.join("c.json"))
                .unwrap_err()
                .to_string()
                .contains("\"none\" does not exist")
        );
        assert!(read(&folder.join("d.json")).unwrap_err().to_string().contains("no such bundle"));
        assert!(read(&folder).unwrap_err().to_string().contains("no catalog.json"));
    }

    #[test]
    fn holds_against_whatever_is_in_a_bundle() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join("catalog.json");
        let whole: &[u8] = br#"{"schemaVersion": 1, "name": "a", "servers": [{"name": "s", "transport":
            "stdio", "command": "sh", "args": ["-c"], "env": {"A": "{{B}}"}, "tools": [{"name": "t"}]}]}"#;
        let other: &[u8] = br#"{"bundleRef": "catalog.json", "servers": [{"name": "\u00e9"}]}"#;
        smoke_core::fuzz::hold(&[whole, other], |bytes| {
            std::fs::write(&path, bytes).unwrap();
            match read(&path) {
                Ok(bundle) => {
                    for server in bundle.servers() {
                        let _ = crate::descriptor::Descriptor::parse(&server);
                    }
                }
                Err(error) => assert!(format!("{error:#}").contains("catalog.json"), "{error:#}"),
            }
        });
    }

    #[test]
    fn a_million_levels_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join("catalog.json");
        for open in ["[", "{\"a\":", "{\"servers\":["] {
            std::fs::write(&path, open.repeat(1_000_000)).unwrap();
            assert!(read(&path).is_err(), "{open}");
        }
        let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        let text = format!(r#"{{"servers": [{{"name": "a", "command": "b", "x": {deep}}}]}}"#);
        std::fs::write(&path, text).unwrap();
        if let Ok(bundle) = read(&path) {
            bundle.servers().for_each(|server| drop(crate::descriptor::Descriptor::parse(&server)));
        }
    }
}
