//! The settings of an installed hook: where its runs start, and their flags.

use std::fs;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Parser;
use serde::{Deserialize, Serialize};
use smoke_core::files::{self, PRIVATE};
use smoke_harness::caches::passes::key::is_full;
use smoke_record::options::Cast;

use crate::cli::smoke::SmokeArgs;

/// The file's name in the folder of what belongs to the hook.
const FILE: &str = "settings.json";

/// What was said when the hook was installed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Where the runs are started, so that they find what other runs have built there.
    pub root: Utf8PathBuf,
    /// Flags of `smoke` for the runs.
    pub smoke: Vec<String>,
    /// Whether the folder of the hooks was made for this one.
    pub made_folder: bool,
}

impl Settings {
    /// Reads them.
    ///
    /// # Errors
    /// They are there and cannot be read.
    pub fn load(own: &Utf8Path) -> Result<Option<Self>> {
        let path = own.join(FILE);
        match fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("read {path}")),
            Ok(text) => serde_json::from_str(&text)
                .map(Some)
                .with_context(|| format!("{path} is of another version; install the hook again")),
        }
    }

    /// Writes them.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn save(&self, own: &Utf8Path) -> Result<()> {
        let path = own.join(FILE);
        let text = serde_json::to_vec_pretty(self)?;
        files::replace(&path, &text, PRIVATE).with_context(|| format!("write {path}"))
    }

    /// Forgets them.
    pub fn remove(own: &Utf8Path) {
        let _ = fs::remove_file(own.join(FILE));
    }
}

/// The command whose flags are read.
const COMMAND: &str = "cargo xtask smoke";

#[derive(Parser)]
#[command(name = COMMAND, bin_name = COMMAND)]
struct Flags {
    #[command(flatten)]
    args: SmokeArgs,
}

/// Reads flags of `smoke`.
///
/// # Errors
/// They are none, or they do not make a full run of a commit.
pub fn smoke_args(flags: &[String]) -> Result<SmokeArgs> {
    let words = [COMMAND.to_owned()].into_iter().chain(flags.iter().cloned());
    let Flags { args } = Flags::try_parse_from(words)
        .map_err(|error| anyhow::anyhow!("{}", without_label(&error.to_string())))?;
    let SmokeArgs { run, instead } = &args;
    let options = run.options(Cast::default()).map_err(|cause| anyhow::anyhow!(cause.summary))?;
    let fixed = run.source.is_some() || run.rev != "HEAD";
    let place = run.workspace.workspace.is_some() || run.workspace.keep_workspace;
    let other = instead.plan_only || instead.cleanup_only;
    if fixed || place || other || !is_full(&options) {
        anyhow::bail!(
            "the hook's runs are full runs of what is pushed, in workspaces of their own: leave out \
             flags that name a source or a workspace, or that leave out a part of the run"
        );
    }
    Ok(args)
}

/// What clap says, which begins with a label that every error of ours gets as well.
fn without_label(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix("error: ").unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let own = Utf8Path::from_path(folder.path()).unwrap();
        assert_eq!(Settings::load(own).unwrap(), None);
        let settings =
            Settings { root: "/r".into(), smoke: vec!["--cold".into()], made_folder: true };
        settings.save(own).unwrap();
        assert_eq!(Settings::load(own).unwrap(), Some(settings));
        fs::write(own.join(FILE), "{").unwrap();
        assert!(Settings::load(own).is_err());
    }

    #[test]
    fn only_flags_of_a_full_run_are_taken() {
        let read =
            |flags: &[&str]| smoke_args(&flags.iter().map(|f| (*f).to_owned()).collect::<Vec<_>>());
        assert!(read(&["--agent", "scripted", "--restart-timeout", "5"]).is_ok());
        for wrong in [&["--source", "/x"][..], &["--manual"], &["--plan-only"], &["--nonsense"]] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
