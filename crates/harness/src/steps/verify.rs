//! `verify`: the last look, while the stack is still up.

use smoke_core::cause::{Cause, Code};
use smoke_core::threads;
use smoke_mcp::endpoint;
use smoke_record::event::Event;
use smoke_record::run_record::Server;

use super::clean;
use crate::context::Context;
use crate::found;
use crate::roles::gateway;
use crate::roles::supervisor;
use crate::servers;
use crate::step::{Done, Step};

/// Holds the gateway to its tools and the clone to what a fresh one is.
pub fn verify(context: &Context, step: &Step) -> Result<Done, Cause> {
    let endpoint = gateway::endpoint(context)?;
    let expected = &context.profile.gateway.tools;
    let list = || gateway::list_expected(context, &endpoint, expected, step);
    let (servers, listed) = threads::both(|| servers_by_now(context, step), list);
    if !servers.is_empty() {
        step.emit(Event::ServersSeen { servers });
    }
    let tools = listed.map(|listed| listed.tools).map_err(|refusal| {
        let code = refusal.code();
        let summary = format!("after all stages {endpoint} fails: {refusal}");
        Cause::new(code, summary, supervisor::read_logs(context))
    })?;
    found::tell_of_tools(context, step, &tools);
    let missing = endpoint::missing(&context.profile.gateway.tools, &tools);
    let taken = |tool: &&&str| {
        let absent = context.profile.stages.iter().flat_map(|stage| &stage.tools_absent);
        absent.into_iter().any(|absent| absent == **tool)
    };
    let lost: Vec<&str> = missing.iter().filter(|tool| !taken(tool)).copied().collect();
    if !lost.is_empty() {
        let summary = format!("after all stages the gateway does not list {}", lost.join(", "));
        return Err(Cause::new(Code::ToolsMissing, summary, supervisor::read_logs(context)));
    }
    if let Some(cause) = supervisor::of(context).others_down(step) {
        return Err(cause);
    }
    found::tell_of_log(context, step);
    clean::check(context, step, "all stages")?;
    step.log("the clone is unchanged");
    Ok(Done::ONCE)
}

/// What has become of the servers behind the gateway, of which some may have been silent at `ready`.
fn servers_by_now(context: &Context, step: &Step) -> Vec<Server> {
    if context.has_gateway() { servers::look_again(context, step) } else { Vec::new() }
}
