//! `build`: the gateway's program, unless the same tree was built before.

use camino::Utf8Path;
use smoke_core::cause::{Cause, Code};
use smoke_core::git;
use smoke_record::profile::BuildSpec;

use super::registry;
use crate::caches::builds::{self, Slot};
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
    let key = builds::key(spec, gateway_commit(context)?.as_deref(), &context.environment);
    if !context.options.cold && slot.holds(program, &key) {
        step.log(&format!("{program} was built from this tree before"));
        return Ok(Done::CACHED);
    }
    let built = compile(context, step, spec)?;
    let kept = slot.keep(Utf8Path::new(&built), program, &key);
    kept.map_err(|error| Cause::of(Code::BuildFailed, &error, "look at the output of the build"))?;
    tidy(context, step);
    builds::prune(&builds::programs(&context.run.cache));
    Ok(Done::ONCE)
}

/// Builds our own gateway, or finds it as new as its sources.
fn build_own(context: &Context, step: &Step) -> Result<Done, Cause> {
    let Some(program) = &context.gateway.program else { return Ok(Done::SKIPPED) };
    let broken = |error: anyhow::Error| Cause::of(Code::BuildFailed, &error, "look at the folder");
    let folder = own_gateway::folder(&context.run.cache);
    let slot = Slot::take(&folder, step.left(), step.stop()).map_err(broken)?;
    if own_gateway::is_usable(program, context.options.cold) {
        step.log(&format!("{program} is as new as its sources"));
        return Ok(Done::CACHED);
    }
    let Some(sources) = own_gateway::sources() else {
        return Err(own_gateway::missing());
    };
    let (command, built) = own_gateway::build(&context.run.cache.join("build"));
    step.note("building our own gateway, because its sources are newer");
    registry::check(step, &command, &sources, &context.environment, Code::BuildFailed)?;
    slot.keep(&built, program, "").map_err(broken)?;
    Ok(Done::ONCE)
}

fn compile(context: &Context, step: &Step, spec: &BuildSpec) -> Result<String, Cause> {
    let cwd = folder(context)?;
    let command = context.expand_all(&spec.command)?;
    step.note("building, because this tree was not built before");
    let environment = &context.environment;
    registry::check(step, &command, Utf8Path::new(&cwd), environment, Code::BuildFailed)?;
    let built = Utf8Path::new(&cwd).join(context.expand(&spec.output)?).into_string();
    if !Utf8Path::new(&built).is_file() {
        let summary = format!("the build succeeded and made no {built}");
        let next = "correct `output` in [gateway.build] of the profile";
        return Err(Cause::new(Code::BuildFailed, summary, next));
    }
    Ok(built)
}

/// What a build leaves behind for this very clone is of no use to any other.
fn tidy(context: &Context, step: &Step) {
    let Some(tidy) = context.profile.gateway.build.as_ref().and_then(|build| build.tidy.as_ref())
    else {
        return;
    };
    if let (Ok(command), Ok(cwd)) = (context.expand_all(tidy), folder(context)) {
        let _ = step.run(&command, Utf8Path::new(&cwd), &context.environment, Code::BuildFailed);
    }
}

/// The folder that is built: the gateway's own clone, or the clone.
fn folder(context: &Context) -> Result<String, Cause> {
    match &context.profile.gateway.clone {
        Some(own) => context.expand(&own.into),
        None => Ok(context.paths.clone.to_string()),
    }
}

fn gateway_commit(context: &Context) -> Result<Option<String>, Cause> {
    if context.profile.gateway.clone.is_none() {
        return Ok(None);
    }
    let folder = folder(context)?;
    let commit = git::commit(Utf8Path::new(&folder), "HEAD", &context.environment);
    let commit = commit.map_err(|error| Cause::of(Code::BuildFailed, &error, "clone it again"))?;
    Ok(Some(commit.id))
}
