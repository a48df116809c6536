//! The facts that are known of a run before its first step, and stay as they are.

use camino::Utf8PathBuf;

use crate::run_record::Source;

/// What tells a run from others.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The run's id.
    pub id: String,
    /// What is cloned.
    pub source: Source,
    /// The commit of the gateway's own repository, where it could be asked for before it is cloned.
    pub gateway_commit: Option<String>,
    /// The gateway's port.
    pub port: u16,
    /// Whether the workspace was there before and is used as it is.
    pub reused: bool,
    /// Where builds and their results are kept between runs.
    pub cache: Utf8PathBuf,
}
