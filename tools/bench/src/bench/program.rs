//! The programs that are measured: release builds of this repository as it is, and of another
//! revision of it.

use std::fs;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use smoke_core::bound::Bound;
use smoke_core::environment::Environment;
use smoke_core::{git, project};
use smoke_record::screen;

use super::place::Place;

/// A release build of this program, and the repository that it was built from.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// What tables call it.
    pub name: String,
    /// The program.
    pub path: Utf8PathBuf,
    /// The root of its repository, whose HEAD is `commit`.
    pub checkout: Utf8PathBuf,
    /// The commit.
    pub commit: String,
    /// Whether the program has changes that are not committed.
    pub dirty: bool,
}

impl Program {
    /// The target folder of all that runs with it. It is beside the program, and goes with it.
    pub fn target(&self) -> Utf8PathBuf {
        self.path.with_file_name("target")
    }

    /// What is recorded of it.
    pub fn document(&self) -> Value {
        json!({"name": self.name, "commit": self.commit, "dirty": self.dirty})
    }
}

/// Builds the repository at `root` as it is. The program is copied into `place`, where no other
/// build replaces it.
///
/// # Errors
/// It does not build.
pub fn of_work_tree(root: &Utf8Path, place: &Place, environment: &Environment) -> Result<Program> {
    let commit = git::commit(root, "HEAD", environment, &Bound::usual())?.id;
    let dirty = !git::changes(root, environment, &Bound::usual())?.is_empty();
    let path = build(root, &folder(root).join("this"), place, "this")?;
    Ok(Program { name: "this".into(), path, checkout: root.to_owned(), commit, dirty })
}

/// Builds `revision` of the repository at `root`, in a clone of its own that is kept for the next
/// time. It has a target folder of its own: to cargo, the same package in two checkouts is one, and
/// it would take what is older than the other's build for built.
///
/// # Errors
/// There is no such revision, or it does not build.
pub fn of_revision(
    root: &Utf8Path,
    revision: &str,
    place: &Place,
    environment: &Environment,
) -> Result<Program> {
    let commit = git::commit(root, revision, environment, &Bound::usual())?.id;
    let checkout = folder(root).join("revisions").join(&commit);
    if git::commit(&checkout, "HEAD", environment, &Bound::usual())
        .is_ok_and(|head| head.id == commit)
    {
        place.git(&checkout, &["reset", "--quiet", "--hard", &commit])?;
    } else {
        clone(root, &commit, &checkout, place)?;
    }
    let path = build(&checkout, &checkout.join("target"), place, &commit)?;
    Ok(Program { name: format!("{commit:.12}"), path, checkout, commit, dirty: false })
}

/// The objects stay where they are: a commit that no branch leads to is there as well.
fn clone(root: &Utf8Path, commit: &str, checkout: &Utf8Path, place: &Place) -> Result<()> {
    if checkout.exists() {
        smoke_core::remove::all(checkout).with_context(|| format!("remove {checkout}"))?;
    }
    let into = checkout.as_str();
    place.git(root, &["clone", "--quiet", "--shared", "--no-checkout", "--", ".", into])?;
    place.git(checkout, &["checkout", "--quiet", "--detach", commit])
}

fn build(from: &Utf8Path, target: &Utf8Path, place: &Place, name: &str) -> Result<Utf8PathBuf> {
    let built = target.join("release/xtask");
    screen::say(&format!("building {from} as a release"));
    let cargo = ["cargo", "build", "--quiet", "--locked", "--release", "--package", "xtask"];
    place.run(&[&cargo[..], &["--target-dir", target.as_str()]].concat(), from)?;
    let into = place.folder(name)?.join("xtask");
    fs::copy(&built, &into).with_context(|| format!("copy {built} to {into}"))?;
    Ok(into)
}

/// Where builds for benches are kept.
fn folder(root: &Utf8Path) -> Utf8PathBuf {
    project::target(root).join("bench")
}

/// A subcommand and the flags of it that a bench cannot do without.
pub type Need = (&'static str, &'static [&'static str]);

/// Looks whether the program knows what a bench needs.
///
/// # Errors
/// It does not; the error says what.
pub fn check(program: &Program, needs: &[Need], place: &Place) -> Result<()> {
    for (subcommand, flags) in needs {
        let help = place.read(&[program.path.as_str(), subcommand, "--help"]);
        let Ok(help) = help else { bail!("{} has no subcommand {subcommand}", program.name) };
        let words: Vec<&str> = help.split(|c: char| !(c.is_alphanumeric() || c == '-')).collect();
        if let Some(flag) = flags.iter().find(|flag| !words.contains(flag)) {
            bail!("{} has no {subcommand} {flag}", program.name);
        }
    }
    Ok(())
}
