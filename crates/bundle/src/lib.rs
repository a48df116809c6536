//! Bundles and config overlays: read a bundle, install it into a config home, remove it again, and
//! render what the gateway reads.
//!
//! Every operation has the same shape: the files of the config home are read once, changed in
//! memory, and replaced together by one transaction under one lock. Nothing here prints, and
//! nothing asks the environment: the value of a placeholder comes from the caller's [`Lookup`].
//!
//! The files are those that Stelae's own tools write and read. On purpose different from its
//! installer are: a descriptor's `cwd` is kept; a file that is not what it should be is an error
//! and is never replaced by an empty one; an unchanged bundle folder is not written again; the
//! rendered files in the state home are written by [`render`] and [`fill_schemas`] alone; an
//! install also writes the empty files that the stack's set-up would write.

mod aggregation_check;
mod aggregations;
mod bundle;
mod catalog;
mod check;
mod config_home;
mod descriptor;
mod diff;
mod document;
mod fragment;
mod guard;
mod install;
mod json_file;
mod layers;
mod live;
mod locate;
mod lock;
mod manifest;
mod merge;
mod names;
mod overlay;
mod overrides;
mod placeholder;
mod refusal;
mod registry;
mod remove;
mod render;
mod scaffold;
mod schemas;
mod server;
mod status;
mod summary;
mod sync;
mod transaction;

pub use bundle::Bundle;
pub use catalog::read;
pub use config_home::ConfigHome;
pub use install::{InstallOptions, install};
pub use live::LiveTool;
pub use refusal::Refusal;
pub use remove::remove;
pub use render::{Rendered, render};
pub use schemas::fill_schemas;
pub use server::{FileDiff, ServerChange, ServerOptions, install_server, remove_server};
pub use status::{ServerState, ServerStatus, status};
pub use summary::{Part, ServerEvent, Summary};

/// The value of the placeholder `{{KEY}}`, from wherever the caller takes it: usually the `.env`
/// files first, then the environment. `PATH` and `HOME` are asked for too.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;
