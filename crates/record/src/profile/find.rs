//! The search for the profile: a built-in one, a file, or `smoke.toml` in the source.

use std::fmt;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::files;
use smoke_core::text::nearest;

use super::{Profile, read};

/// The built-in profiles, by name.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("embedded", include_str!("../../profiles/embedded.toml")),
    ("stelae", include_str!("../../profiles/stelae.toml")),
];

/// The profile at the root of a source.
pub const OWN: &str = "smoke.toml";
/// What tells this project, which has a profile built in instead.
pub const OF_THIS_PROJECT: &str = "crates/stack/bundle/catalog.json";

/// A file of the source, as the tested commit has it; none if it has none.
pub type Committed<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Finds and reads the profile `wanted`: a name or a path. Without one it is the `smoke.toml` in
/// the work tree of `source`, else the one of the tested commit, else, for this project, `embedded`.
///
/// # Errors
/// There is no such profile, or it is invalid.
pub fn find(wanted: Option<&str>, source: &Utf8Path, committed: Committed) -> Result<Profile> {
    let Some(name) = wanted else { return of_source(source, committed) };
    match BUILT_IN.iter().find(|(known, _)| *known == name) {
        Some((name, text)) => read(&Utf8Path::new(name).with_extension("toml"), text),
        None => named_file(name),
    }
}

/// As [`find`], but what the work tree has does not count: what is pushed is a commit.
///
/// # Errors
/// As [`find`].
pub fn find_in_commit(
    wanted: Option<&str>,
    source: &Utf8Path,
    committed: Committed,
) -> Result<Profile> {
    match wanted {
        Some(_) => find(wanted, source, committed),
        None => of_commit(source, committed),
    }
}

fn of_source(source: &Utf8Path, committed: Committed) -> Result<Profile> {
    if !source.exists() {
        bail!("there is no folder {source}");
    }
    let own = source.join(OWN);
    if own.exists() {
        return from_file(&own);
    }
    // A bare repository has no work tree.
    of_commit(source, committed)
}

fn of_commit(source: &Utf8Path, committed: Committed) -> Result<Profile> {
    if let Some(text) = committed(OWN) {
        return read(&source.join(OWN), &text);
    }
    if committed(OF_THIS_PROJECT).is_some() {
        return find(Some("embedded"), source, committed);
    }
    bail!(NoProfile(source.to_owned()))
}

/// A source does not say how to run it.
#[derive(Debug)]
pub struct NoProfile(Utf8PathBuf);

impl fmt::Display for NoProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(source) = self;
        write!(f, "{source} has no smoke.toml at its root, which says how to run it")
    }
}

impl std::error::Error for NoProfile {}

/// A name without a slash or an extension was meant to be a built-in one.
fn named_file(name: &str) -> Result<Profile> {
    let path = Utf8Path::new(name);
    if !path.exists() && path.extension().is_none() && !name.contains('/') {
        let names = || BUILT_IN.iter().map(|(name, _)| *name);
        let hint = nearest::hint(name, names());
        bail!("no built-in profile is named `{name}`; {hint}");
    }
    from_file(path)
}

fn from_file(path: &Utf8Path) -> Result<Profile> {
    let text = files::read_to_string(path).with_context(|| {
        let place = std::path::absolute(path).unwrap_or_default();
        format!("read the profile {}", place.display())
    })?;
    read(path, &text)
}
