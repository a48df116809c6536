//! The flags about the workspace.

use camino::Utf8PathBuf;
use clap::Args;
use smoke_core::cause::Cause;
use smoke_record::options::{Extent, WorkspaceOptions};

use super::value;

/// Where a run works, and what becomes of what is there already.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Workspace")]
pub struct WorkspaceArgs {
    /// Work in this folder instead of a new one below TMPDIR
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<Utf8PathBuf>,
    /// Keep the workspace when the run is over
    #[arg(long)]
    pub keep_workspace: bool,
    /// Use what a named workspace holds already (the default)
    #[arg(long, overrides_with = "no_reuse_workspace", requires = "workspace", hide = true)]
    pub reuse_workspace: bool,
    /// Delete what a named workspace holds, and start afresh
    #[arg(long, requires = "workspace", hide_short_help = true)]
    pub no_reuse_workspace: bool,
    /// The same as --no-reuse-workspace: also by force, only a marked workspace is ever deleted
    #[arg(
        long,
        requires = "workspace",
        conflicts_with = "reuse_workspace",
        hide_short_help = true
    )]
    pub force_workspace: bool,
    /// Use a clone that is not at the commit to test
    #[arg(long, requires = "workspace", hide_short_help = true)]
    pub force_outdated: bool,
    /// Clone and install again in a workspace that is reused
    #[arg(long, requires = "workspace", hide_short_help = true)]
    pub force_bootstrap: bool,
    /// Stop before the stack is started, and keep the workspace
    #[arg(long, conflicts_with = "skip_bootstrap", hide_short_help = true)]
    pub bootstrap_only: bool,
    /// With --bootstrap-only: leave out the build
    #[arg(long, requires = "bootstrap_only", hide_short_help = true)]
    pub no_bootstrap_build: bool,
    /// Start the stack that a reused workspace holds, without cloning or installing
    #[arg(
        long,
        requires = "workspace",
        conflicts_with = "no_reuse_workspace",
        hide_short_help = true
    )]
    pub skip_bootstrap: bool,
}

impl WorkspaceArgs {
    /// How much of a run they ask for.
    pub fn extent(&self) -> Extent {
        match (self.bootstrap_only, self.skip_bootstrap) {
            (true, _) => Extent::Bootstrap { build: !self.no_bootstrap_build },
            (_, true) => Extent::Boot,
            _ => Extent::Full,
        }
    }

    /// Where the run works.
    ///
    /// # Errors
    /// The folder has no usable path.
    pub fn options(&self) -> Result<WorkspaceOptions, Cause> {
        Ok(WorkspaceOptions {
            path: self.workspace.as_deref().map(value::absolute).transpose()?,
            keep: self.keep_workspace,
            replace: self.no_reuse_workspace || self.force_workspace,
            force_outdated: self.force_outdated,
            force_bootstrap: self.force_bootstrap,
        })
    }
}
