//! The catalog fragments of a config home: what its bundles, and its own catalog, say about tools.

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value};

use crate::document::{Document, split};
use crate::locate::Step;
use crate::{ConfigHome, json_file, overrides};

/// What one fragment says about tools. Its servers are for the installer alone.
pub struct Fragment {
    /// Its tool overrides.
    pub overrides: Option<Document>,
    /// Everything but its servers.
    pub head: Map<String, Value>,
}

impl Fragment {
    /// Reads the file at `path`, which may be missing.
    pub fn read(path: &Utf8Path) -> Result<Self> {
        let Some(text) = json_file::read_text(path)? else {
            return Ok(Self { overrides: None, head: Map::new() });
        };
        let mut head = split(path, &text, "servers")?.0;
        let overrides = overrides_of(path, &mut head)?;
        Ok(Self { overrides, head })
    }
}

/// Takes the tool overrides out of a fragment that was read from `path`. Both spellings of the key
/// are in use; one that is empty does not count.
pub fn overrides_of(path: &Utf8Path, head: &mut Map<String, Value>) -> Result<Option<Document>> {
    for key in ["tool_overrides", "toolOverrides"] {
        if let Some(part @ Value::Object(object)) = head.get(key)
            && !object.is_empty()
        {
            let place = [Step::Key(key.to_owned())];
            let document = Document::from_value(path, &place, part, overrides::SERVERS)?;
            head.shift_remove(key);
            return overrides::check(path, document, &place).map(Some);
        }
    }
    Ok(None)
}

/// The catalog fragments in the order in which they are laid over each other.
pub fn fragments(home: &ConfigHome) -> Result<Vec<Utf8PathBuf>> {
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
