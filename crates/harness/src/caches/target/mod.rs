//! Target folders of cargo that are kept between runs. A build finds in one what was compiled of packages of
//! registries, and nothing that was made of another clone.
//!
//! To cargo, a package of a workspace is the same one in every clone, and fresh as long as no file of it is newer
//! than what was made of it: a clone that is older than the build of another would get the other's program. So
//! nothing of such packages is there when a build begins, and no two builds use a folder at once.

mod foreign;
mod units;

use std::env;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::environment::{Environment, Origin};
use smoke_core::remove;

use crate::step::Step;
use foreign::Foreign;

/// The file that cargo marks target folders with.
const MARK: &str = "CACHEDIR.TAG";

/// A target folder, for a build that nobody disturbs.
pub struct Target<'a> {
    root: &'a Utf8Path,
    /// The folder in it for one profile.
    profile: &'a Utf8Path,
}

impl<'a> Target<'a> {
    /// The one below `shared` that `command` makes `output` in. None where it is no cargo that builds, or where it
    /// builds elsewhere.
    pub fn of(command: &[String], output: &'a Utf8Path, shared: &Utf8Path) -> Option<Self> {
        let program = Utf8Path::new(command.first()?).file_name()?;
        let profile = output.parent()?;
        let root = profile.parent().filter(|root| root.starts_with(shared))?;
        // It is marked, but for the first time; that of one platform is below it.
        let mut above = root.ancestors().take_while(|above| above.starts_with(shared));
        let marked = above.find(|above| above.join(MARK).is_file());
        (program == "cargo").then(|| Self { root: marked.unwrap_or(root), profile })
    }

    /// Makes it ready to build `sources` with `command`, and tells the step what is there already.
    ///
    /// # Errors
    /// What is in it of other clones cannot be removed.
    pub fn make_ready(&self, step: &Step, command: &[String], sources: &Utf8Path) -> Result<()> {
        let foreign = foreign::of(&built_from(command, sources));
        forget(self.root, &foreign).with_context(|| format!("empty {}", self.root))?;
        let named_alike = |own: &Utf8PathBuf| own.file_name() == self.profile.file_name();
        if let Some(own) = own_folder().filter(named_alike) {
            match units::share(&own, self.profile, &foreign) {
                Ok(count) => {
                    step.log(&format!("{count} units of {own} need not be compiled again"))
                }
                // It only takes longer.
                Err(error) => step.log(&format!("nothing is taken from {own}: {error}")),
            }
        }
        Ok(())
    }

    /// `environment` for cargo, which keeps all that it makes in this folder, and nothing for the next change of a
    /// clone, for there is none.
    pub fn environment(&self, environment: &Environment) -> Environment {
        let mut environment = environment.clone();
        environment.set("CARGO_BUILD_BUILD_DIR", self.root.as_str(), Origin::Run);
        if environment.get("CARGO_INCREMENTAL").is_none() {
            environment.set("CARGO_INCREMENTAL", "0", Origin::Run);
        }
        environment
    }
}

/// The folder whose packages `command` builds in `sources`.
fn built_from(command: &[String], sources: &Utf8Path) -> Utf8PathBuf {
    let mut words = command.iter().map(String::as_str);
    let manifest = words.find_map(|word| word.strip_prefix("--manifest-path"));
    let manifest = manifest.and_then(|rest| rest.strip_prefix('=').or_else(|| words.next()));
    let manifest = manifest.map(|path| sources.join(path));
    let folder = manifest.as_deref().and_then(Utf8Path::parent);
    folder.unwrap_or(sources).to_owned()
}

/// Removes what is not of `foreign` packages: where cargo keeps things in an order that is not known here,
/// everything.
fn forget(root: &Utf8Path, foreign: &Foreign) -> Result<()> {
    let folders = |folder: &Utf8Path| -> Result<Vec<Utf8PathBuf>> {
        let entries = folder.read_dir_utf8()?.collect::<Result<Vec<_>, _>>()?;
        let folders =
            entries.iter().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        Ok(folders.map(|entry| entry.path().to_owned()).collect())
    };
    for folder in folders(root)? {
        let below = folders(&folder)?;
        let profiles =
            std::iter::once(&folder).chain(&below).filter(|folder| units::are_in(folder));
        let profiles: Vec<&Utf8PathBuf> = profiles.collect();
        if profiles.is_empty() {
            remove::all(&folder)?;
        }
        profiles.iter().try_for_each(|profile| units::forget(profile, foreign))?;
    }
    Ok(())
}

/// The folder of this program, which is one of cargo's where cargo has built it.
fn own_folder() -> Option<Utf8PathBuf> {
    let own = Utf8PathBuf::from_path_buf(env::current_exe().ok()?).ok()?;
    own.parent().map(Utf8Path::to_owned)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_target_folder_is_where_cargo_builds_below_the_shared_one() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        fs::write(folder.join(MARK), "").unwrap();
        let shared = folder.join("smoke/build");
        let root = |command: &str, output: &str| {
            let output = shared.join(output);
            Target::of(&words(command), &output, &shared).map(|target| target.root.to_owned())
        };
        assert_eq!(root("cargo build", "debug/a"), Some(shared.clone()));
        assert_eq!(root("/usr/bin/cargo build", "x/debug/a"), Some(shared.join("x")));
        assert_eq!(root("go build", "debug/a"), None);
        assert_eq!(root("cargo build", "a"), None);
        assert_eq!(root("cargo build", "/elsewhere/debug/a"), None);
        fs::create_dir_all(shared.join("x")).unwrap();
        fs::write(shared.join("x").join(MARK), "").unwrap();
        assert_eq!(root("cargo build", "x/some-platform/debug/a"), Some(shared.join("x")));
    }

    #[test]
    fn the_packages_are_those_of_the_manifest() {
        let from = |line: &str| built_from(&words(line), "/clone".into()).into_string();
        assert_eq!(from("cargo build"), "/clone");
        assert_eq!(from("cargo build --manifest-path a/Cargo.toml -q"), "/clone/a");
        assert_eq!(from("cargo build --manifest-path=/b/Cargo.toml"), "/b");
    }

    #[test]
    fn everything_goes_where_its_order_is_not_known() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let known = ["debug/.fingerprint/own-1/a", "platform/release/.fingerprint/own-1/a"];
        let files = ["lock", "debug/deps/libdep-2.rlib", "debug-2/units/own/1/a"];
        for file in known.iter().chain(&files) {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        forget(root, &Foreign::default()).unwrap();
        let left = known.iter().chain(&files).filter(|file| root.join(file).exists());
        assert_eq!(left.collect::<Vec<_>>(), [&files[0], &files[1]]);
    }
}
