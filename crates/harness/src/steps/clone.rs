//! `clone` and `clone-gateway`: what is tested is a fresh clone at one commit.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::cause::{Cause, Code};
use smoke_core::environment::Environment;
use smoke_core::git;
use smoke_record::event::Event;
use smoke_record::options::{Extent, Options};
use smoke_record::profile::{self, GatewayCloneSpec};

use super::clean;
use crate::context::Context;
use crate::step::{Done, Step};

/// Clones the source and checks out the commit to test.
pub fn source(context: &Context, step: &Step) -> Result<Done, Cause> {
    let (source, clone) = (&context.run.source, &context.paths.clone);
    if context.run.reused && clone.exists() && !context.options.workspace.force_bootstrap {
        return reuse(context, step);
    }
    if context.options.extent == Extent::Boot {
        let summary = format!("--skip-bootstrap needs a clone, and there is none at {clone}");
        return Err(Cause::new(Code::Usage, summary, "leave out --skip-bootstrap"));
    }
    remove(clone)?;
    fetch(context, step, &source.path, clone)?;
    let checkout = git(&["checkout", "--quiet", "--detach", &source.commit]);
    let said = step.check(&checkout, clone, &context.environment, Code::CloneFailed)?.printed.last;
    complete(source.path.as_str(), said)?;
    // A checkout that is dirty from the start, as by its own attributes, is no stage's fault.
    clean::check(context, step, "checkout")?;
    left_out(context, step).into_iter().for_each(|text| step.note(text));
    Ok(Done::ONCE)
}

/// What a plain clone does not bring, and the stack may need.
fn left_out(context: &Context, step: &Step) -> Vec<&'static str> {
    let read = |name: &str| fs::read_to_string(context.paths.clone.join(name)).unwrap_or_default();
    let mut notes = Vec::new();
    if context.paths.clone.join(".gitmodules").exists() {
        notes.push(
            "submodules are not cloned; if they are needed, a [[setup]] can run \
             `git submodule update --init`",
        );
    }
    let lfs = read(".gitattributes").contains("filter=lfs");
    if lfs && !git::has_lfs(&context.paths.clone, &context.environment, &step.bound()) {
        notes.push("files of git-lfs are pointers, because git-lfs is not set up here");
    }
    notes
}

/// Git reports a file that it cannot read, leaves it out, and succeeds.
fn complete(source: &str, said: Vec<String>) -> Result<(), Cause> {
    if !said.iter().any(|line| line.starts_with("error: ")) {
        return Ok(());
    }
    let summary = "the checkout is not complete: the source has lost a part of the commit";
    let next = format!("git -C '{source}' fsck --full");
    Err(Cause::new(Code::CloneFailed, summary, next).evidence(said))
}

/// Clones the gateway's own repository.
pub fn gateway(context: &Context, step: &Step) -> Result<Done, Cause> {
    let Some(spec) = &context.profile.gateway.clone else { return Ok(Done::SKIPPED) };
    let into = context.expand(&spec.into)?;
    let into = Utf8Path::new(&into);
    if context.run.reused && into.exists() && !context.options.workspace.force_bootstrap {
        return Ok(Done::CACHED);
    }
    let source = gateway_source(spec, &context.options, &context.environment)?;
    remove(into)?;
    fetch(context, step, &source, into)?;
    if let Ok(commit) = git::commit(into, "HEAD", &context.environment, &step.bound()) {
        let version = format!("commit {}", commit.id);
        step.emit(Event::VersionFound { program: "gateway".into(), version });
    }
    Ok(Done::ONCE)
}

/// Where the gateway is cloned from: what was asked for, else the first place of the profile that is
/// there. What is no path is an address, and is tried.
///
/// # Errors
/// No place is given, or one names a variable that has no value.
pub fn gateway_source(
    spec: &GatewayCloneSpec,
    options: &Options,
    environment: &Environment,
) -> Result<String, Cause> {
    let there = |source: &String| {
        !source.is_empty() && (!source.starts_with('/') || Utf8Path::new(source).exists())
    };
    let invalid =
        |summary: String| Cause::new(Code::ConfigInvalid, summary, "name it with --proxy-source");
    if let Some(given) = &options.parts.gateway_source {
        let path = Utf8Path::new(given).canonicalize_utf8();
        return Ok(path.map_or_else(|_| given.clone(), Utf8PathBuf::into_string));
    }
    let sources = profile::expand_all(&spec.sources, environment);
    let mut sources = sources.map_err(|unset| invalid(unset.to_string()))?.into_iter();
    let none = || invalid("the profile does not say where its gateway is cloned from".to_owned());
    sources.find(there).ok_or_else(none)
}

/// A clone that is not at the commit to test would answer another question.
fn reuse(context: &Context, step: &Step) -> Result<Done, Cause> {
    let clone = &context.paths.clone;
    let head =
        git::commit(clone, "HEAD", &context.environment, &step.bound()).map_err(|error| {
            Cause::of(Code::CloneFailed, &error, "use --force-bootstrap to clone again")
        })?;
    let wanted = &context.run.source.commit;
    if head.id != *wanted {
        let summary = format!("the clone is at {:.12}, not at {wanted:.12}", head.id);
        if !context.options.workspace.force_outdated {
            let next =
                "use --force-bootstrap to clone again, or --force-outdated to test it as it is";
            return Err(Cause::new(Code::CloneOutdated, summary, next));
        }
        step.note(summary);
    }
    Ok(Done::CACHED)
}

fn fetch(context: &Context, step: &Step, source: &str, into: &Utf8Path) -> Result<(), Cause> {
    // A clone that goes at the end of the run reads the objects where they are, instead of linking
    // each of them and unlinking it again.
    let shared: &[&str] = if context.may_stay() { &[] } else { &["--shared"] };
    let bare = ["clone", "--quiet", "--template=", "--no-checkout"];
    let clone = git(&[&bare, shared, &["--", source, into.as_str()]].concat());
    if into == context.paths.clone {
        step.check(&clone, &context.paths.workspace, &context.environment, Code::CloneFailed)?;
        return fetch_commit(context, step, into);
    }
    let clone = git(&["clone", "--quiet", "--template=", "--", source, into.as_str()]);
    step.check(&clone, &context.paths.workspace, &context.environment, Code::CloneFailed)?;
    Ok(())
}

/// A commit that no branch or tag leads to is not part of every clone.
fn fetch_commit(context: &Context, step: &Step, clone: &Utf8Path) -> Result<(), Cause> {
    let commit = &context.run.source.commit;
    if git::commit(clone, commit, &context.environment, &step.bound()).is_ok() {
        return Ok(());
    }
    let fetch = git(&["fetch", "--quiet", "origin", commit]);
    step.check(&fetch, clone, &context.environment, Code::CloneFailed).map(drop)
}

fn remove(folder: &Utf8Path) -> Result<(), Cause> {
    if !folder.exists() {
        return Ok(());
    }
    smoke_core::remove::all(folder).map_err(|error| {
        let summary = format!("cannot remove the old clone {folder}: {error}");
        Cause::new(Code::CloneFailed, summary, "use --no-reuse-workspace")
    })
}

fn git(arguments: &[&str]) -> Vec<String> {
    let words = ["git"].iter().chain(&git::ALONE).chain(arguments);
    words.map(|word| (*word).to_owned()).collect()
}
