//! `overrides`: the schemas of the tools, filled in from the live list.

use smoke_bundle::{ConfigHome, LiveTool};
use smoke_core::wait::{self, GaveUp, Patience, Probe};

use super::{failed, render};
use crate::cause::{Cause, Code};
use crate::roles::gateway;
use crate::run::context::Context;
use crate::run::step::{Done, Step};

/// Takes the schemas into the config home and renders once more.
pub fn fill(context: &Context, step: &Step) -> Result<Done, Cause> {
    let url = context.gateway_url()?;
    let mut attempts = 1;
    let tools = wait::until(
        Patience::local(step.left()),
        step.stop(),
        |attempt| {
            attempts = attempt.number + 1;
            step.attempt(attempt);
        },
        |left| match gateway::list_tools(&url, left) {
            Ok(tools) => Probe::Ready(tools),
            Err(refusal) => Probe::NotYet(refusal.to_string()),
        },
    );
    let tools = tools.map_err(|failure| match failure.gave_up {
        GaveUp::Stopped => step.interrupted(),
        _ => step.late("listing the tools"),
    })?;
    let live: Vec<LiveTool> = tools.into_iter().map(gateway::live_tool).collect();
    let home = ConfigHome::new(&context.paths.config_home);
    let changed = smoke_bundle::fill_schemas(&home, &live)
        .map_err(|error| failed(Code::RenderFailed, &error, "correct tool_overrides.json"))?;
    step.log(&format!("{} tools, schemas changed: {changed}", live.len()));
    if changed {
        render::render(context, step)?;
    }
    Ok(Done { attempts, ..Done::ONCE })
}
