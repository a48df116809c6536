//! The run folders that are there, whatever is in them.

use anyhow::{Context as _, Result, anyhow, bail};
use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::cause::Outcome;
use smoke_core::{files, process};
use smoke_harness::caches::room;
use smoke_record::report::history;
use smoke_record::run_record::{RunRecord, of_other_schema};

/// A run folder.
#[derive(Debug)]
pub struct Found {
    /// The run's id, which is the folder's name.
    pub id: String,
    /// The folder.
    pub path: Utf8PathBuf,
    /// The run record, or why there is none.
    pub record: Result<RunRecord, String>,
}

impl Found {
    /// What sorts runs by time: ids do so by the second, and several runs fit into one.
    fn order(&self) -> (String, String) {
        let second: String = self.id.chars().take(15).collect();
        (second, self.record.as_ref().map(|r| r.started_at.clone()).unwrap_or_default())
    }

    /// The run record.
    ///
    /// # Errors
    /// There is none that can be read.
    pub fn record(&self) -> Result<&RunRecord> {
        self.record.as_ref().map_err(|why| anyhow!("{}: {why}", self.path))
    }

    /// Whether the run goes on: its guard lives as long as it does.
    pub fn is_alive(&self) -> bool {
        // Where no boundaries between arguments are shown, a path may be several of them.
        let is_guard = |argv: &[String]| argv.windows(2).any(|two| two == ["guard", &self.id]);
        process::all().iter().any(|process| process.is_live() && is_guard(&process.argv))
    }

    /// Whether somebody still needs the folder: the run goes on, or waits for a person.
    pub fn is_needed(&self) -> bool {
        let waits = self.record.as_ref().is_ok_and(|record| {
            record.outcome == Outcome::Manual && Utf8Path::new(&record.workspace).exists()
        });
        waits || self.is_alive()
    }

    /// The size of everything in it, in bytes.
    pub fn size(&self) -> u64 {
        room::size(&self.path)
    }
}

/// All run folders below `artifacts`, the newest first.
///
/// # Errors
/// The folder is there and cannot be read.
pub fn all(artifacts: &Utf8Path) -> Result<Vec<Found>> {
    let below = artifacts.join("runs");
    let entries = match below.read_dir_utf8() {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("read {below}")),
    };
    let folders = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|t| t.is_dir()));
    let mut found: Vec<Found> = folders.map(|entry| look(entry.path())).collect();
    found.sort_by_cached_key(|found| std::cmp::Reverse(found.order()));
    Ok(found)
}

/// The run that `wanted` names: the beginning of its id, or `latest`.
///
/// # Errors
/// There is none, or more than one.
pub fn one<'a>(found: &'a [Found], wanted: &str) -> Result<&'a Found> {
    if wanted == "latest" {
        return found.first().context("there is no run yet; `cargo xtask smoke` makes one");
    }
    let fits: Vec<&Found> = found.iter().filter(|found| found.id.starts_with(wanted)).collect();
    match fits.as_slice() {
        [one] => Ok(one),
        [] => bail!("no run has an id that begins with `{wanted}`; `cargo xtask runs` lists them"),
        [newest, .., oldest] => bail!(
            "`{wanted}` fits {} runs, from {} to {}; give more of the id",
            fits.len(),
            oldest.id,
            newest.id
        ),
    }
}

fn look(path: &Utf8Path) -> Found {
    let id = path.file_name().unwrap_or_default().to_owned();
    Found { id, path: path.to_owned(), record: read(path) }
}

/// The record, or what follows from the events where there is no record that can be read.
fn read(folder: &Utf8Path) -> Result<RunRecord, String> {
    let path = folder.join("run.json");
    let text = files::read_to_string(&path).map_err(|error| format!("no run.json: {error}"));
    if let Some(why) = text.as_ref().ok().and_then(|text| of_other_schema(text)) {
        return Err(format!("run.json {why}"));
    }
    let record = text.and_then(|text| {
        serde_json::from_str::<RunRecord>(&text).map_err(|error| format!("run.json: {error}"))
    });
    match record {
        Ok(record) => Ok(record),
        Err(why) => history::read(folder).map(|history| history.record).map_err(|_| why),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn found(ids: &[&str]) -> Vec<Found> {
        let found = |id: &&str| Found {
            id: (*id).to_owned(),
            path: (*id).into(),
            record: Err("none".into()),
        };
        ids.iter().map(found).collect()
    }

    #[test]
    fn the_beginning_of_an_id_is_enough() {
        let runs = found(&["20260102-b", "20260101-a", "20260101-0"]);
        assert_eq!(one(&runs, "latest").unwrap().id, "20260102-b");
        assert_eq!(one(&runs, "20260101-a").unwrap().id, "20260101-a");
        let error = one(&runs, "20260101").unwrap_err().to_string();
        assert!(error.contains("fits 2 runs, from 20260101-0 to 20260101-a"), "{error}");
        assert!(one(&runs, "x").is_err() && one(&[], "latest").is_err());
    }

    #[test]
    fn what_is_no_run_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let artifacts = Utf8Path::from_path(folder.path()).unwrap();
        for (name, text) in [("broken", "{"), ("foreign", "{\"a\":1}"), ("empty", "")] {
            fs::create_dir_all(artifacts.join("runs").join(name)).unwrap();
            fs::write(artifacts.join("runs").join(name).join("run.json"), text).unwrap();
        }
        fs::write(artifacts.join("runs/file"), "").unwrap();
        let found = all(artifacts).unwrap();
        assert_eq!(found.len(), 3);
        assert!(found.iter().all(|found| found.record().is_err() && found.size() < 100));
        assert!(all(&artifacts.join("none")).unwrap().is_empty());
    }
}
