//! The document that a resume needs of a run that stopped for a person, kept in the run's workspace. It has
//! a version of its own: no flag that gets another name makes a run that waits worthless.

mod document;
mod unversioned;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use smoke_core::cause::{Cause, Code};
use smoke_core::files::{self, PRIVATE};

use crate::facts::Facts;
use crate::options::{Choice, Options};
use crate::profile::Profile;
use document::Document;
use unversioned::Unversioned;

/// The document's file in the workspace.
const FILE: &str = ".smoke-settings.json";

/// The version that this program writes. It reads all that came before.
const VERSION: u32 = 1;

/// What a resume needs.
#[derive(Clone, Debug)]
pub struct Resume {
    /// What was known before the first step.
    pub run: Facts,
    /// What the run was asked to do, as far as it matters from the first stage on.
    pub options: Options,
    /// The profile, as it was read then.
    pub profile: Profile,
    /// The run folder.
    pub run_folder: Utf8PathBuf,
    /// The home of the run's pm2, if it has one.
    pub pm2_home: Option<Utf8PathBuf>,
    /// The length of the gateway's record of calls when the run stopped.
    pub call_log_offset: u64,
}

/// What every version says of itself; the first did not.
#[derive(Deserialize)]
struct Version {
    #[serde(default)]
    version: u32,
}

impl Resume {
    /// Reads what the run in `workspace` has left.
    ///
    /// # Errors
    /// There is nothing, it is of a newer version, or it cannot be understood.
    pub fn load(workspace: &Utf8Path) -> Result<Self, Cause> {
        let path = workspace.join(FILE);
        let text = files::read_to_string(&path).map_err(|error| {
            let next = "only a run that stopped at a manual stage can be resumed";
            Cause::new(Code::Usage, format!("read {path}: {error}"), next)
        })?;
        read(&text).map_err(|cause| Cause { summary: format!("{path} {}", cause.summary), ..cause })
    }

    /// Writes it into `workspace`.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn save(&self, workspace: &Utf8Path) -> anyhow::Result<()> {
        let path = workspace.join(FILE);
        let text = serde_json::to_vec_pretty(&Document::from(self))?;
        files::replace(&path, &text, PRIVATE)
            .map_err(|error| anyhow::anyhow!("write {path}: {error}"))
    }
}

/// The document in `text`; what is wrong with it is said without its name.
fn read(text: &str) -> Result<Resume, Cause> {
    let broken = |error: anyhow::Error| {
        let summary = format!("is not what a run leaves: {error:#}");
        Cause::new(Code::Usage, summary, "end the run with --cleanup-only, and start a new one")
    };
    let version: Version = serde_json::from_str(text).map_err(|error| broken(error.into()))?;
    match version.version {
        0 => understand::<Unversioned>(text).map_err(broken),
        1..=VERSION => understand::<Document>(text).map_err(broken),
        newer => {
            let summary = format!("has version {newer}, and this program knows {VERSION} at most");
            let next = "resume with the version of this program that began the run";
            Err(Cause::new(Code::Usage, summary, next))
        }
    }
}

/// What a document of the form `T` says.
fn understand<T>(text: &str) -> anyhow::Result<Resume>
where
    T: DeserializeOwned + TryInto<Resume, Error = anyhow::Error>,
{
    serde_json::from_str::<T>(text)?.try_into()
}

/// The choice that a document names.
fn named<T: Choice>(what: &str, name: &str) -> anyhow::Result<T> {
    let names = || T::quoted(" or ");
    T::named(name).ok_or_else(|| anyhow::anyhow!("{what} `{name}` is none of {}", names()))
}

#[cfg(test)]
mod tests;
