//! `render`: the gateway's config out of template, overlay and .env.

use smoke_bundle::ConfigHome;

use super::failed;
use crate::cause::{Cause, Code};
use crate::run::context::Context;
use crate::run::step::{Done, Step};

/// Renders the gateway's config.
pub fn render(context: &Context, step: &Step) -> Result<Done, Cause> {
    let Some(spec) = &context.profile.render else { return Ok(Done::SKIPPED) };
    let template = context.paths.clone.join(context.expand(&spec.template)?);
    let output = context.paths.config_home.join(context.expand(&spec.output)?);
    let home = ConfigHome::new(&context.paths.config_home);
    let lookup = |key: &str| context.lookup(key);
    let rendered = smoke_bundle::render(&template, &home, &output, &lookup)
        .map_err(|error| failed(Code::RenderFailed, &error, "correct the template or [env]"))?;
    step.log(&format!("{} serves {}", rendered.output, rendered.servers.join(", ")));
    Ok(Done::ONCE)
}
