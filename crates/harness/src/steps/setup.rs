//! `setup-NAME`: one of the commands that put in place what the stack is made of.

use std::fs;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::cause::{Cause, Code};
use smoke_core::environment::{Environment, Origin};
use smoke_core::{copy, remove};

use super::registry;
use crate::caches::builds::{self, Slot};
use crate::caches::room;
use crate::caches::setups::{self, Kept};
use crate::context::Context;
use crate::step::{Done, Step};

/// Runs the command in the clone; or in a folder of its own, unless its result is there already.
pub fn run(context: &Context, step: &Step, index: usize) -> Result<Done, Cause> {
    let spec = &context.profile.setup[index];
    match context.setups.get(index).and_then(Option::as_ref) {
        Some(kept) => run_once(context, step, index, kept),
        None => {
            let cwd = match &spec.cwd {
                Some(cwd) => context.paths.clone.join(context.expand(cwd)?),
                None => context.paths.clone.clone(),
            };
            command(context, step, index, &cwd, &context.environment)?;
            Ok(Done::ONCE)
        }
    }
}

/// Makes the result in the folder where it is kept, which no other run does at the same time.
fn run_once(context: &Context, step: &Step, index: usize, kept: &Kept) -> Result<Done, Cause> {
    let broken = |error: anyhow::Error| Cause::of(Code::SetupFailed, &error, "look at the folder");
    let slot = Slot::take(&kept.slot, step.left(), step.stop()).map_err(broken)?;
    if slot.is_finished(&kept.key) {
        step.log(&format!("{} was made from the same inputs before", kept.tree));
        return Ok(Done::CACHED);
    }
    slot.begin().map_err(broken)?;
    let inputs = &context.profile.setup[index].inputs;
    let tmp = kept.slot.join("tmp");
    lay_out(&context.paths.clone, inputs, kept, &tmp).map_err(broken)?;
    let mut environment = context.environment.clone();
    environment.set("TMPDIR", tmp.as_str(), Origin::Run);
    step.note("setting up, because the same inputs were not set up before");
    command(context, step, index, &kept.tree, &environment).map_err(of_inputs)?;
    let _ = remove::all(&tmp);
    room::measure(&kept.slot);
    slot.finish(&kept.key).map_err(broken)?;
    builds::prune(&setups::folder(&context.run.cache));
    room::fit(&setups::folder(&context.run.cache));
    Ok(Done::ONCE)
}

/// What a setup does not find may be no input of it.
fn of_inputs(cause: Cause) -> Cause {
    if cause.code != Code::SetupFailed {
        return cause;
    }
    let summary = format!("{}; of the clone only its `inputs` are there", cause.summary);
    Cause { summary, ..cause }
}

/// A fresh folder with the inputs, at the same paths as in the clone.
fn lay_out(clone: &Utf8Path, inputs: &[String], kept: &Kept, tmp: &Utf8Path) -> Result<()> {
    for folder in [&kept.tree, &tmp.to_owned()] {
        if folder.exists() {
            remove::all(folder).with_context(|| format!("remove {folder}"))?;
        }
        fs::create_dir_all(folder).with_context(|| format!("make {folder}"))?;
    }
    for input in inputs {
        let (from, to): (Utf8PathBuf, Utf8PathBuf) = (clone.join(input), kept.tree.join(input));
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).with_context(|| format!("make {parent}"))?;
        }
        copy::copy(&from, &to)?;
    }
    Ok(())
}

fn command(
    context: &Context,
    step: &Step,
    index: usize,
    cwd: &Utf8Path,
    environment: &Environment,
) -> Result<(), Cause> {
    let argv = context.expand_all(&context.profile.setup[index].command)?;
    let environment = registry::impatient(environment);
    registry::check(step, &argv, cwd, &environment, Code::SetupFailed)
}
