//! A bundle, once it was read.

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::document::Packed;

/// The catalog's key for its servers.
pub const SERVERS: &str = "servers";

/// A bundle that was read and found valid.
#[derive(Clone, Debug)]
pub struct Bundle {
    pub(crate) name: String,
    /// The catalog; its servers only have their place here.
    pub(crate) head: Map<String, Value>,
    /// The servers' descriptors, as compact JSON text.
    pub(crate) servers: Vec<Box<str>>,
    pub(crate) names: Vec<String>,
    pub(crate) manifest: Map<String, Value>,
    pub(crate) source: Option<Utf8PathBuf>,
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
    pub fn servers(&self) -> impl Iterator<Item = Value> {
        self.servers.iter().filter_map(|text| serde_json::from_str(text).ok())
    }

    /// The names of its servers, in order.
    pub fn server_names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// The number of its servers.
    pub fn server_count(&self) -> usize {
        self.names.len()
    }

    /// The bytes of the catalog, as it goes into the config home.
    pub(crate) fn catalog_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec_pretty(&Catalog(self)).context("write JSON")?;
        bytes.push(b'\n');
        Ok(bytes)
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
        let text = serde_json::json!({"name": name, "servers": servers}).to_string();
        let path = Utf8Path::new("catalog.json");
        crate::catalog::build(path, &text, Map::new(), String::new(), None).expect("a valid bundle")
    }
}

/// The catalog with its servers where they belong.
struct Catalog<'a>(&'a Bundle);

impl Serialize for Catalog<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.head.len()))?;
        for (name, value) in &self.0.head {
            if name == SERVERS {
                let servers: Vec<_> = self.0.servers.iter().map(|text| Packed(text)).collect();
                map.serialize_entry(name, &servers)?;
            } else {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}
