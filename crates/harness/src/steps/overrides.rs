//! `overrides`: the schemas of the tools, filled in from the live list.

use serde_json::Value;
use smoke_bundle::LiveTool;
use smoke_core::cause::{Cause, Code};
use smoke_core::wait::{self, GaveUp, Patience, Probe};
use smoke_mcp::Refusal;
use smoke_mcp::endpoint::{self, Endpoint};
use smoke_record::profile::OverridesSpec;

use super::render;
use crate::context::Context;
use crate::roles::gateway;
use crate::roles::supervisor;
use crate::step::{Done, Step};

/// Takes the schemas of the tools that were listed last into the config home, and renders once more.
pub fn fill(context: &Context, step: &Step) -> Result<Done, Cause> {
    if let OverridesSpec::Command(command) = &context.profile.overrides {
        let command = context.expand_all(command)?;
        step.check(&command, &context.paths.clone, &context.environment, Code::RenderFailed)?;
        return Ok(Done::ONCE);
    }
    let (tools, attempts) = match gateway::last_listed(context) {
        Some(listed) => (listed.tools, 1),
        None => ask(context, step)?,
    };
    let live: Vec<LiveTool> = tools.into_iter().map(endpoint::live_tool).collect();
    let home = context.config_home();
    let changed = smoke_bundle::fill_schemas(&home, &live)
        .map_err(|error| Cause::of(Code::RenderFailed, &error, "correct tool_overrides.json"))?;
    step.log(&format!("{} tools, schemas changed: {changed}", live.len()));
    if changed {
        render::render(context, step)?;
    }
    Ok(Done { attempts, ..Done::ONCE })
}

/// Asks for the tools when no step before has, and says how many attempts it took.
fn ask(context: &Context, step: &Step) -> Result<(Vec<Value>, usize), Cause> {
    let endpoint = gateway::endpoint(context)?;
    let mut attempts = 1;
    let tools = wait::until(
        Patience::local(step.left()),
        step.stop(),
        |attempt| {
            attempts = attempt.number + 1;
            step.attempt(attempt);
        },
        |left| match gateway::list_tools(context, &endpoint, left, step.stop()) {
            Ok(listed) => Probe::Ready(listed.tools),
            Err(refusal) => Probe::NotYet(refusal),
        },
    );
    let tools = tools.map_err(|failure| match failure.attempts.last() {
        _ if failure.gave_up == GaveUp::Stopped => step.interrupted(),
        Some(last) => unlisted(context, &endpoint, &last.reason),
        None => step.late("listing the tools"),
    })?;
    Ok((tools, attempts))
}

/// Why the tools could not be listed until the deadline.
fn unlisted(context: &Context, endpoint: &Endpoint, refusal: &Refusal) -> Cause {
    let code = refusal.code();
    let summary = format!("the tools of {endpoint} cannot be listed: {refusal}");
    Cause::new(code, summary, supervisor::read_logs(context)).timed_out()
}
