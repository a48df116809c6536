//! A bundle as it lies on disk: a folder, a single file, or a file that points to a folder.

use std::collections::HashSet;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value};

use crate::descriptor::Descriptor;
use crate::json_file::{self, kind};
use crate::{locate, names};

/// A bundle that was read and found valid.
#[derive(Clone, Debug)]
pub struct Bundle {
    name: String,
    catalog: Map<String, Value>,
    manifest: Map<String, Value>,
    source: Option<Utf8PathBuf>,
}

impl Bundle {
    /// Its name: the catalog's, else the folder's or the file's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The folder it was read from; a single file has none.
    pub fn source(&self) -> Option<&Utf8Path> {
        self.source.as_deref()
    }

    /// The descriptors of its servers, in order.
    pub fn servers(&self) -> &[Value] {
        self.catalog.get("servers").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The names of its servers, in order.
    pub fn server_names(&self) -> impl Iterator<Item = &str> {
        self.servers().iter().filter_map(|server| server.get("name")?.as_str()).map(str::trim)
    }

    /// The catalog, as it goes into the config home.
    pub(crate) fn catalog(&self) -> &Map<String, Value> {
        &self.catalog
    }

    /// The install refs of `install.json` with their descriptions.
    pub(crate) fn manifest_refs(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let entries = self.manifest.get("installRefs").and_then(Value::as_array);
        entries.into_iter().flatten().filter_map(|entry| {
            let install_ref = entry.get("ref")?.as_str()?.trim();
            Some((install_ref, entry.get("description").and_then(Value::as_str)))
        })
    }

    #[cfg(test)]
    pub(crate) fn for_tests(name: &str, servers: Value) -> Self {
        let catalog = serde_json::json!({"name": name, "servers": servers});
        let catalog = catalog.as_object().cloned().unwrap_or_default();
        Self { name: name.to_owned(), catalog, manifest: Map::new(), source: None }
    }
}

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
    let (text, catalog) = load(&path)?;
    let Some(target) = reference(&path, &catalog)? else {
        let name = path.file_stem().unwrap_or("bundle").to_owned();
        return build(&path, &text, catalog, Map::new(), name, None);
    };
    let joined = path.parent().unwrap_or(Utf8Path::new("/")).join(target);
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
    let (text, catalog) = load(&path)?;
    let manifest_path = folder.join("install.json");
    let manifest = json_file::read_object(&manifest_path)?.unwrap_or_default();
    check_manifest(&manifest_path, &manifest)?;
    let name = folder.file_name().unwrap_or("bundle").to_owned();
    build(&path, &text, catalog, manifest, name, Some(folder))
}

fn load(path: &Utf8Path) -> Result<(String, Map<String, Value>)> {
    let text =
        json_file::read_text(path)?.with_context(|| format!("{path}: there is no such file"))?;
    let catalog = json_file::parse_object(path, &text)?;
    Ok((text, catalog))
}

fn reference<'a>(path: &Utf8Path, catalog: &'a Map<String, Value>) -> Result<Option<&'a str>> {
    for key in ["bundleRef", "bundleFolder"] {
        match catalog.get(key) {
            None | Some(Value::Null) => {}
            Some(Value::String(target)) if target.trim().is_empty() => {}
            Some(Value::String(target)) => return Ok(Some(target.trim())),
            Some(other) => bail!("{path}: {key}: expected a string, found {}", kind(other)),
        }
    }
    Ok(None)
}

fn build(
    path: &Utf8Path,
    text: &str,
    mut catalog: Map<String, Value>,
    manifest: Map<String, Value>,
    fallback: String,
    source: Option<Utf8PathBuf>,
) -> Result<Bundle> {
    catalog.entry("servers").or_insert_with(|| Value::Array(Vec::new()));
    check_catalog(&catalog).map_err(|(place, what)| {
        let at = locate::position(text, &place).map_or(String::new(), |(l, c)| format!(":{l}:{c}"));
        anyhow::anyhow!("{path}{at}: {}{what}; correct the bundle", locate::show(&place))
    })?;
    let named = catalog.get("name").and_then(Value::as_str).map(str::trim).unwrap_or_default();
    let name = if named.is_empty() { fallback } else { named.to_owned() };
    if let Some(fault) = names::fault(&name) {
        bail!("{path}: the bundle's name {name:?} {fault}; correct the bundle");
    }
    Ok(Bundle { name, catalog, manifest, source })
}

type Fault = (Vec<locate::Step>, String);

fn check_catalog(catalog: &Map<String, Value>) -> Result<(), Fault> {
    use locate::Step::{Index, Key};
    let key = |name: &str| vec![Key(name.to_owned())];
    check_version(catalog).map_err(|what| (key("schemaVersion"), what))?;
    for (name, wanted) in
        [("name", "a string"), ("toolOverrides", "an object"), ("toolAggregations", "an object")]
    {
        let value = catalog.get(name).filter(|value| !value.is_null());
        if let Some(value) = value.filter(|value| kind(value) != wanted) {
            return Err((key(name), format!("expected {wanted}, found {}", kind(value))));
        }
    }
    let Some(Value::Array(servers)) = catalog.get("servers") else {
        return Err((key("servers"), "expected an array".to_owned()));
    };
    let mut names = HashSet::new();
    for (at, server) in servers.iter().enumerate() {
        let place = |field: &str| {
            let mut place = vec![Key("servers".to_owned()), Index(at)];
            place.extend(locate::steps(field));
            place
        };
        let descriptor =
            Descriptor::parse(server).map_err(|fault| (place(&fault.field), fault.what))?;
        if !names.insert(descriptor.name.clone()) {
            return Err((place("name"), format!("the name {:?} is there twice", descriptor.name)));
        }
    }
    Ok(())
}

fn check_manifest(path: &Utf8Path, manifest: &Map<String, Value>) -> Result<()> {
    if let Err(what) = check_version(manifest) {
        bail!("{path}: schemaVersion: {what}");
    }
    let refs = match manifest.get("installRefs") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::Array(refs)) => refs,
        Some(other) => bail!("{path}: installRefs: expected an array, found {}", kind(other)),
    };
    for (at, entry) in refs.iter().enumerate() {
        if !entry.get("ref").is_some_and(Value::is_string) {
            bail!("{path}: installRefs[{at}].ref: expected a string; correct the bundle");
        }
    }
    Ok(())
}

fn check_version(document: &Map<String, Value>) -> Result<(), String> {
    match document.get("schemaVersion") {
        None => Ok(()),
        Some(version) if version.as_i64() == Some(1) => Ok(()),
        Some(other) => Err(format!("{other} is not known; this program knows 1")),
    }
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
        assert_eq!((single.name(), single.source(), single.servers().len()), ("one", None, 0));
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
            ("{\"name\": \"../x\"}", "the bundle's name \"../x\" contains a slash"),
            ("{\"name\": 3}", "name: expected a string, found a number"),
            ("{", "catalog.json:1:1: not valid JSON"),
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
}
