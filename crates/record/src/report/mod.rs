//! Reports for people and for CI systems: `report.html` and `junit.xml`.

mod across;
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

use crate::across::{Ended, document};
use crate::folder::{RunFolder, private_folder};

/// Writes the reports of the run in `folder`, made from its events and its logs.
///
/// # Errors
/// There are no events that can be read, or the files cannot be written.
pub fn write(folder: &Utf8Path) -> Result<()> {
    let history = history::read(folder)?;
    let page = page::page(folder, &history, &nonce()).into_string();
    let junit = junit::junit(&history).into_string();
    replace(folder, [("report.html", page), ("junit.xml", junit)])
}

/// Writes what the runs with several agents are together into `folder`, in the place of an earlier one.
///
/// # Errors
/// The folder cannot be made, or the files cannot be written.
pub fn write_across(folder: &Utf8Path, ended: &[Ended]) -> Result<()> {
    private_folder(folder).with_context(|| format!("make {folder}"))?;
    let page = across::page(ended, &nonce()).into_string();
    let (junit, run) = (across::junit(ended).into_string(), format!("{:#}\n", document(ended)));
    replace(folder, [("report.html", page), ("junit.xml", junit), ("run.json", run)])
}

/// What nobody who wrote into a log could know.
fn nonce() -> String {
    format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..))
}

fn replace<const N: usize>(folder: &Utf8Path, files: [(&str, String); N]) -> Result<()> {
    for (name, text) in files {
        let written = RunFolder::open(folder).replace(name, text.as_bytes());
        written.with_context(|| format!("write {folder}/{name}"))?;
    }
    Ok(())
}
