//! What was decided before anything was done, kept in the workspace so that a resume can go on.

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use smoke_core::files::{self, PRIVATE};

use super::record::Source;
use crate::options::SmokeArgs;

/// The file in the workspace that holds the settings of its run.
const FILE: &str = ".smoke-settings.json";

/// The decisions of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// The run's id.
    pub id: String,
    /// What was asked for.
    pub args: SmokeArgs,
    /// What is cloned.
    pub source: Source,
    /// Where the profile came from.
    pub profile_path: Utf8PathBuf,
    /// The profile's text.
    pub profile_text: String,
    /// The workspace.
    pub workspace: Utf8PathBuf,
    /// The home of the run's pm2, if it has one.
    #[serde(default)]
    pub pm2_home: Option<Utf8PathBuf>,
    /// Whether the workspace was there before and is used as it is.
    pub reused: bool,
    /// The run folder.
    pub run_folder: Utf8PathBuf,
    /// Where builds and their results are kept between runs.
    pub cache: Utf8PathBuf,
    /// The commit of the gateway's own repository, where it could be asked for before it is cloned.
    #[serde(default)]
    pub gateway_commit: Option<String>,
    /// The gateway's port.
    pub port: u16,
    /// The length of the gateway's record of calls when the run stopped for a person.
    pub call_log_offset: u64,
    /// The stages that a person was asked to do and that were not judged yet.
    pub waiting_for: Vec<String>,
}

impl Settings {
    /// Reads the settings of the run that used `workspace`.
    ///
    /// # Errors
    /// There are none, or they are of another version.
    pub fn load(workspace: &Utf8Path) -> Result<Self> {
        let path = workspace.join(FILE);
        let text = files::read_to_string(&path).with_context(|| format!("read {path}"))?;
        serde_json::from_str(&text).with_context(|| format!("{path} is of another version"))
    }

    /// Writes the settings into the workspace.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn save(&self) -> Result<()> {
        let path = self.workspace.join(FILE);
        let text = serde_json::to_vec_pretty(self)?;
        files::replace(&path, &text, PRIVATE).with_context(|| format!("write {path}"))
    }
}
