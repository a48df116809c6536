//! The real Codex CLIs, installed by their lock files.

use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};

use crate::{npm, skipped};

/// The program of this version; none, and a word about it, on a machine that cannot have it.
pub fn codex(version: &str) -> Option<Utf8PathBuf> {
    let installed = npm::install(&format!("codex-{version}"), "codex");
    installed.inspect_err(|why| skipped(why)).ok()
}

/// The newest one, which is looked for once.
pub fn newest() -> Option<&'static Utf8Path> {
    static NEWEST: OnceLock<Option<Utf8PathBuf>> = OnceLock::new();
    NEWEST.get_or_init(|| codex("0.169")).as_deref()
}
