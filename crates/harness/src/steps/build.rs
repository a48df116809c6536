//! `build`: the gateway's program, unless the same tree was built before.

use std::fs;
use std::io::ErrorKind;

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::cause::{Cause, Code};
use smoke_core::git;

use super::registry;
use crate::caches::builds::{self, Slot};
use crate::caches::target::Target;
use crate::context::Context;
use crate::own_gateway;
use crate::step::{Done, Step};

/// Builds the gateway, or finds it built.
pub fn build(context: &Context, step: &Step) -> Result<Done, Cause> {
    if context.profile.gateway.own {
        return build_own(context, step);
    }
    let (Some(spec), Some(program)) = (&context.profile.gateway.build, &context.gateway.program)
    else {
        return Ok(Done::SKIPPED);
    };
    let folder = builds::folder(&context.run);
    let slot = Slot::take(&folder, step.left(), step.stop())
        .map_err(|error| Cause::of(Code::BuildFailed, &error, "wait for the other run"))?;
    let key = builds::key(spec, gateway_commit(context, step)?.as_deref(), &context.environment);
    if !context.options.cold && slot.holds(program, &key) {
        step.log(&format!("{program} was built from this tree before"));
        return Ok(Done::CACHED);
    }
    step.note("building, because this tree was not built before");
    let sources = sources(context)?;
    let output = sources.join(context.expand(&spec.output)?);
    let made = Build { command: context.expand_all(&spec.command)?, sources, output };
    let kept = made.run(context, step, || slot.keep(&made.output, program, &key))?;
    kept.map_err(|error| Cause::of(Code::BuildFailed, &error, "look at the output of the build"))?;
    tidy(context, step);
    builds::prune(&builds::programs(&context.run.cache));
    Ok(Done::ONCE)
}

/// Builds our own gateway, or finds it as new as its sources.
fn build_own(context: &Context, step: &Step) -> Result<Done, Cause> {
    let Some(program) = &context.gateway.program else { return Ok(Done::SKIPPED) };
    let folder = own_gateway::folder(&context.run.cache);
    let slot = Slot::take(&folder, step.left(), step.stop()).map_err(|error| broken(&error))?;
    if own_gateway::is_usable(program, context.options.cold) {
        step.log(&format!("{program} is as new as its sources"));
        return Ok(Done::CACHED);
    }
    let Some(sources) = own_gateway::sources() else {
        return Err(own_gateway::missing());
    };
    step.note("building our own gateway, because its sources are newer");
    let (command, output) = own_gateway::build(&builds::shared(&context.run.cache));
    let made = Build { command, sources, output };
    let kept = made.run(context, step, || slot.keep(&made.output, program, ""))?;
    kept.map_err(|error| broken(&error))?;
    Ok(Done::ONCE)
}

/// A command that makes a program.
struct Build {
    command: Vec<String>,
    /// Where it is run.
    sources: Utf8PathBuf,
    /// What it makes.
    output: Utf8PathBuf,
}

impl Build {
    /// Runs it, and then does what `then` does before another run makes the same file of other sources.
    fn run<T>(&self, context: &Context, step: &Step, then: impl FnOnce() -> T) -> Result<T, Cause> {
        let shared = builds::shared(&context.run.cache);
        let _alone = self.alone(step, &shared)?;
        let environment = match Target::of(&self.command, &self.output, &shared) {
            None => context.environment.clone(),
            Some(target) => {
                target
                    .make_ready(step, &self.command, &self.sources)
                    .map_err(|error| broken(&error))?;
                target.environment(&context.environment)
            }
        };
        registry::check(step, &self.command, &self.sources, &environment, Code::BuildFailed)?;
        if !self.output.is_file() {
            let summary = format!("the build succeeded and made no {}", self.output);
            let next = "correct `output` in [gateway.build] of the profile";
            return Err(Cause::new(Code::BuildFailed, summary, next));
        }
        Ok(then())
    }

    /// Keeps other runs from building in the `shared` folder, and takes away what the last build there has made: where
    /// this one makes nothing, it would be taken for its program.
    fn alone(&self, step: &Step, shared: &Utf8Path) -> Result<Option<Slot>, Cause> {
        if !self.output.starts_with(shared) {
            return Ok(None);
        }
        let slot = Slot::take(shared, step.left(), step.stop()).map_err(|error| broken(&error))?;
        match fs::remove_file(&self.output) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(broken(&error.into())),
            _ => Ok(Some(slot)),
        }
    }
}

fn broken(error: &anyhow::Error) -> Cause {
    Cause::of(Code::BuildFailed, error, "look at the folder")
}

/// What a build leaves behind for this very clone is of no use to any other.
fn tidy(context: &Context, step: &Step) {
    let Some(tidy) = context.profile.gateway.build.as_ref().and_then(|build| build.tidy.as_ref())
    else {
        return;
    };
    if let (Ok(command), Ok(cwd)) = (context.expand_all(tidy), sources(context)) {
        let _ = step.run(&command, &cwd, &context.environment, Code::BuildFailed);
    }
}

/// The folder that is built: the gateway's own clone, or the clone.
fn sources(context: &Context) -> Result<Utf8PathBuf, Cause> {
    match &context.profile.gateway.clone {
        Some(own) => Ok(context.expand(&own.into)?.into()),
        None => Ok(context.paths.clone.clone()),
    }
}

fn gateway_commit(context: &Context, step: &Step) -> Result<Option<String>, Cause> {
    if context.profile.gateway.clone.is_none() {
        return Ok(None);
    }
    let commit = git::commit(&sources(context)?, "HEAD", &context.environment, &step.bound());
    let commit = commit.map_err(|error| Cause::of(Code::BuildFailed, &error, "clone it again"))?;
    Ok(Some(commit.id))
}
