//! `render`: the gateway's config out of template, overlay and .env.

use camino::Utf8Path;
use smoke_core::cause::{Cause, Code};
use smoke_record::profile::Render;

use super::own_config;
use crate::context::Context;
use crate::step::{Done, Step};

/// Renders the gateway's config.
pub fn render(context: &Context, step: &Step) -> Result<Done, Cause> {
    let Some(spec) = &context.profile.render else { return Ok(Done::SKIPPED) };
    let output = context.paths.config_home.join(context.expand(&spec.output)?);
    match &spec.how {
        Render::Template(template) => ours(context, step, template, &output)?,
        Render::Command(command) => theirs(context, step, command, &output)?,
    }
    Ok(Done::ONCE)
}

fn ours(context: &Context, step: &Step, template: &str, output: &Utf8Path) -> Result<(), Cause> {
    let template = context.paths.clone.join(context.expand(template)?);
    if context.profile.gateway.own {
        own_config::write_template(context, &template)?;
    }
    let home = context.config_home();
    let lookup = |key: &str| context.lookup(key);
    let rendered = smoke_bundle::render(&template, &home, output, &lookup)
        .map_err(|error| Cause::of(Code::RenderFailed, &error, "correct the template or [env]"))?;
    step.log(&format!("{} serves {}", rendered.output, rendered.servers.join(", ")));
    Ok(())
}

fn theirs(
    context: &Context,
    step: &Step,
    command: &[String],
    output: &Utf8Path,
) -> Result<(), Cause> {
    let command = context.expand_all(command)?;
    step.check(&command, &context.paths.clone, &context.environment, Code::RenderFailed)?;
    if output.is_file() {
        return Ok(());
    }
    let summary = format!("the command of [render] succeeded and made no {output}");
    Err(Cause::new(Code::RenderFailed, summary, "correct `output` in [render] of the profile"))
}
