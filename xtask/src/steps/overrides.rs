//! `overrides`: the schemas of the tools, filled in from the live list.

use smoke_bundle::{ConfigHome, LiveTool};
use smoke_core::wait::{self, GaveUp, Patience, Probe};

use super::{failed, render};
use crate::cause::{Cause, Code};
use crate::mcp::Refusal;
use crate::profile::OverridesSpec;
use crate::roles::gateway::{self, Endpoint};
use crate::run::context::Context;
use crate::run::step::{Done, Step};

/// Takes the schemas into the config home and renders once more.
pub fn fill(context: &Context, step: &Step) -> Result<Done, Cause> {
    if let OverridesSpec::Command(command) = &context.profile.overrides {
        let command = context.expand_all(command)?;
        step.check(&command, &context.paths.clone, &context.environment, Code::RenderFailed)?;
        return Ok(Done::ONCE);
    }
    let endpoint = context.endpoint()?;
    let mut attempts = 1;
    let tools = wait::until(
        Patience::local(step.left()),
        step.stop(),
        |attempt| {
            attempts = attempt.number + 1;
            step.attempt(attempt);
        },
        |left| match gateway::list_tools(&endpoint, left, step.stop()) {
            Ok(tools) => Probe::Ready(tools),
            Err(refusal) => Probe::NotYet(refusal),
        },
    );
    let tools = tools.map_err(|failure| match failure.attempts.last() {
        _ if failure.gave_up == GaveUp::Stopped => step.interrupted(),
        Some(last) => unlisted(&endpoint, &last.reason, step),
        None => step.late("listing the tools"),
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

/// Why the tools could not be listed until the deadline.
fn unlisted(endpoint: &Endpoint, refusal: &Refusal, step: &Step) -> Cause {
    let code = Code::from_text(refusal.code()).unwrap_or(Code::Deadline);
    let summary = format!("the tools of {endpoint} cannot be listed: {refusal}");
    Cause::new(code, summary, step.read_log("gateway")).timed_out()
}
