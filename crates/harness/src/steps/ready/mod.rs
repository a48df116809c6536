//! `ready`: the gateway lists every expected tool, twice in a row.

mod attempts;
mod decisive;
mod failure;
mod listing;
mod poll;
mod ports;
mod reason;
mod second_look;
mod speech;
mod start_timeout;
mod survey;

use smoke_core::cause::{Cause, Code};
use smoke_record::screen::count;

use crate::audit;
use crate::context::Context;
use crate::found;
use crate::roles::{gateway, supervisor};
use crate::servers::{self, addresses};
use crate::step::{Done, Step};
use poll::{Served, wait_once};
use survey::Survey;

/// Waits until the gateway is ready, starting it again as often as was asked for.
pub fn wait(context: &Context, step: &Step) -> Result<Done, Cause> {
    // Later steps may write these files once more, when the servers have long read them.
    let strange = || addresses::strange(&context.paths.config_home, context.run.port);
    context.shared.strange_addresses.get_or_init(strange);
    let supervisor = supervisor::of(context);
    let mut survey = Survey::new(context, step, &*supervisor)?;
    let mut retries = context.options.limits.retries;
    let patience = step.budget() / retries.saturating_add(1);
    loop {
        match wait_once(&mut survey, patience.min(step.left())) {
            Ok(served) => return welcome(&mut survey, &served),
            Err(cause) if retries == 0 || cause.code == Code::Interrupted => {
                let understood = second_look::understand(&mut survey, cause);
                survey.report();
                return Err(understood?);
            }
            Err(cause) => {
                survey.report();
                step.note(format!("{}; starting it once more", cause.summary));
            }
        }
        survey.start_again()?;
        retries -= 1;
    }
}

/// Tells what is known of a gateway that is ready, and reads back what it runs with.
fn welcome(survey: &mut Survey, served: &Served) -> Result<Done, Cause> {
    survey.let_go();
    if survey.context.has_gateway() {
        tell_of_servers(survey);
    }
    survey.report();
    let Survey { context, step, .. } = survey;
    let tools = count(served.tools, "tool");
    step.note(format!("{tools} listed twice in a row, over {}", served.spoken));
    if let Some(listed) = gateway::last_listed(context) {
        found::tell(context, step, listed.findings);
        found::tell_of_tools(context, step, &listed.tools);
    }
    if context.has_gateway() {
        found::tell_of_log(context, step);
        audit::check(context, step)?;
    }
    Ok(Done { attempts: survey.attempts, ..Done::ONCE })
}

/// Says what takes long, and names the servers that are down although nobody misses their tools, as
/// far as the gateway's log tells of them.
fn tell_of_servers(survey: &mut Survey) {
    servers::overhear(survey.context, &mut survey.seen);
    let lines = servers::slow::lines(&survey.seen).into_iter().chain(servers::lines(&survey.seen));
    lines.for_each(|line| survey.step.note(line));
}
