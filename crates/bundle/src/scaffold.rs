//! The files that every config home has, from which the stack starts with nothing of its own.

use anyhow::Result;

use crate::ConfigHome;
use crate::transaction::{PRIVATE, Transaction};

/// Each file with its first content, and the older name under which it may be there already: the
/// stack moves that one to the new name, but only where there is none.
const FILES: [(&str, &str, Option<&str>); 4] = [
    ("catalog/core.json", "{}\n", None),
    ("bundles/.placeholder.json", "{}\n", None),
    (
        "tool_aggregations.json",
        "{\n  \"schemaVersion\": 1,\n  \"hiddenTools\": [],\n  \"aggregations\": []\n}\n",
        Some("tool_aggregations.local.json"),
    ),
    ("custom_tools.json", "{\n  \"tools\": []\n}\n", Some("custom_tools.local.json")),
];

/// Plans to write those that are missing. What is there is never touched.
pub fn prepare(home: &ConfigHome, transaction: &mut Transaction) -> Result<()> {
    for (name, text, older) in FILES {
        let there = |name: &str| home.root().join(name).symlink_metadata().is_ok();
        if !there(name) && !older.is_some_and(there) {
            transaction.write(&home.root().join(name), text.into(), PRIVATE)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use camino::Utf8Path;

    use super::*;

    #[test]
    fn what_is_there_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let home = ConfigHome::new(Utf8Path::from_path(folder.path()).unwrap());
        fs::write(home.root().join("tool_aggregations.local.json"), "{}").unwrap();
        fs::write(home.root().join("custom_tools.json"), "mine").unwrap();
        for count in [2, 0] {
            let mut transaction = Transaction::default();
            prepare(&home, &mut transaction).unwrap();
            assert_eq!(transaction.paths().len(), count);
            transaction.commit(&home).unwrap();
        }
        assert_eq!(fs::read_to_string(home.root().join("custom_tools.json")).unwrap(), "mine");
    }
}
