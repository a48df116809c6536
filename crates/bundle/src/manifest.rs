//! The manifest of a bundle, `install.json`: what is to be installed for its servers.

use anyhow::{Result, anyhow};
use camino::Utf8Path;
use serde_json::{Map, Value};

use crate::json_file::kind;
use crate::locate;

/// Checks the manifest at `path`: its version, and the refs that it installs.
pub fn check(path: &Utf8Path, manifest: &Map<String, Value>) -> Result<()> {
    let wrong = |place: &str, what: String| {
        let what = format!("{what}; correct the bundle");
        Err(anyhow!(locate::fault_in(path, &locate::steps(place), &what)))
    };
    if let Err(what) = check_version(manifest) {
        return wrong("schemaVersion", what);
    }
    let refs = match manifest.get("installRefs") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::Array(refs)) => refs,
        Some(other) => {
            return wrong("installRefs", format!("expected an array, found {}", kind(other)));
        }
    };
    for (at, entry) in refs.iter().enumerate() {
        let place = format!("installRefs[{at}]");
        match (entry, entry.get("ref")) {
            (_, Some(Value::String(_))) => {}
            (_, Some(other)) => {
                let what = format!("expected a string, found {}", kind(other));
                return wrong(&format!("{place}.ref"), what);
            }
            (Value::Object(_), None) => return wrong(&place, "it has no ref".to_owned()),
            _ => return wrong(&place, format!("expected an object, found {}", kind(entry))),
        }
    }
    Ok(())
}

/// Checks the version that a catalog and a manifest have alike.
pub fn check_version(document: &Map<String, Value>) -> Result<(), String> {
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

    #[test]
    fn says_where_a_manifest_is_wrong() {
        let keep = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(keep.path()).unwrap();
        fs::write(folder.join("catalog.json"), "{}").unwrap();
        for (text, expected) in [
            ("{\n  \"schemaVersion\": 2}", "install.json:2:20: schemaVersion: 2 is not known"),
            ("{\"installRefs\": {}}", "install.json:1:17: installRefs: expected an array"),
            ("{\"installRefs\":\n[1]}", "install.json:2:2: installRefs[0]: expected an object"),
            ("{\"installRefs\":\n[{}]}", "install.json:2:2: installRefs[0]: it has no ref"),
            (
                "{\"installRefs\": [{\"ref\": 1}]}",
                "install.json:1:26: installRefs[0].ref: expected a",
            ),
        ] {
            fs::write(folder.join("install.json"), text).unwrap();
            let error = crate::read(folder).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}\nlacks {expected}");
        }
    }
}
