//! Reports for people and for CI systems: `report.html` and `junit.xml`.

mod calls;
mod findings;
pub mod history;
mod junit;
mod logs;
mod machine;
mod markup;
mod page;
mod processes;
mod surroundings;
#[cfg(test)]
mod tests;
mod timeline;
pub mod words;

use anyhow::{Context, Result};
use camino::Utf8Path;

use crate::folder::RunFolder;

/// Writes the reports of the run in `folder`, made from its events and its logs.
///
/// # Errors
/// There are no events that can be read, or the files cannot be written.
pub fn write(folder: &Utf8Path) -> Result<()> {
    let history = history::read(folder)?;
    let nonce = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
    let page = page::page(folder, &history, &nonce).into_string();
    let junit = junit::junit(&history).into_string();
    for (name, text) in [("report.html", page), ("junit.xml", junit)] {
        let written = RunFolder::open(folder).replace(name, text.as_bytes());
        written.with_context(|| format!("write {folder}/{name}"))?;
    }
    Ok(())
}
