//! The values of placeholders: from the `.env` files, then from the environment.

use std::collections::BTreeMap;

use anyhow::Result;
use camino::Utf8PathBuf;
use smoke_bundle::ConfigHome;
use smoke_core::dotenv;

/// Reads the `.env` files of a config home, `.env.local` over `.env`; a missing one is empty.
///
/// # Errors
/// A file that cannot be read or parsed, with file and line.
pub fn read(home: &ConfigHome) -> Result<BTreeMap<String, String>> {
    let main = variable("STELAE_ENV_FILE").map_or_else(|| home.env_file(), Utf8PathBuf::from);
    let local = home.root().join(".env.local");
    let mut values = BTreeMap::new();
    for path in [main, local].into_iter().filter(|path| path.is_file()) {
        for entry in dotenv::read(&path, &variable)? {
            values.insert(entry.key, entry.value);
        }
    }
    Ok(values)
}

/// A variable of this process; an empty one counts as not set.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
