//! `stage-NAME`: an agent makes the stage's calls, and what it did is held to the expectations.

mod crash;
mod file;
mod judge;
mod listing;
mod person;
mod record;

use std::time::Duration;

use camino::Utf8PathBuf;
use smoke_agents::model::Offer;
use smoke_agents::transcript::Observations;
use smoke_core::cause::Cause;

use crate::audit;
use crate::context::Context;
use crate::roles::agent::{self, Played};
use crate::roles::connection::stranger;
use crate::roles::{call_log, supervisor};
use crate::step::{Done, Step};
use judge::{expectations, judge, with};
use record::Evidence;

/// Lets the agent go through the stage, or takes what a person left of it, then judges it.
pub fn play(context: &Context, step: &Step, index: usize) -> Result<Done, Cause> {
    let stage = &context.profile.stages[index];
    if context.has_gateway() {
        if let Some(stranger) = stranger::at_the_door(context) {
            return Err(stranger::cause(context, stranger));
        }
        audit::check(context, step)?;
    }
    if context.is_a_persons(index) {
        return person::judge_persons(context, step, stage);
    }
    let (name, path, mut transcript) = file::open(context, stage)?;
    let before = supervisor::of(context).status();
    let log = context.call_log().map(|log| (call_log::length(&log), log));
    let played = agent::of(context).play(stage, &mut transcript, step);
    drop(transcript);
    let beside = beside(context, log, &played);
    let connected_after = played.connected_after;
    tell_of_waiting(context, step, connected_after);
    let transcript = file::read(&path, &expectations(context, stage))?;
    let offers = played.offered.iter().flatten();
    let offered_as = offers.map(|offer| (offer.tool.clone(), offer.offered.alias())).collect();
    let evidence = Evidence { transcript, path: Some(name), beside, connected_after, offered_as };
    let judged = judge(context, step, stage, &evidence);
    let result = played.failed.map_or(Ok(()), Err).and(judged);
    result.map_err(|cause| match crash::during(context, step, &stage.name, &before) {
        Some(crash) => with(crash, cause),
        None => cause,
    })?;
    Ok(Done::ONCE)
}

/// Says how much of a stage was spent before the agent could begin, where the gateway is to blame.
fn tell_of_waiting(context: &Context, step: &Step, connected_after: Option<Duration>) {
    let gateway = context.connection().cost().unwrap_or_default();
    if let Some(after) = connected_after.filter(|after| is_gateways(*after, gateway)) {
        let [after, gateway] = [after, gateway].map(|time| time.as_secs_f64());
        step.note(format!(
            "the agent knew its tools after {after:.1} s; the gateway takes {gateway:.1} s in each session"
        ));
    }
}

/// Whether the time until the agent knew its tools is worth a line, and the gateway's. One that was quicker
/// than the gateway was before met a gateway that is no longer slow.
fn is_gateways(connected_after: Duration, gateway: Duration) -> bool {
    const WORTH_A_LINE: Duration = Duration::from_secs(1);
    gateway >= WORTH_A_LINE && connected_after >= gateway
}

/// The names that the gateway gives them.
fn names(offers: &[Offer]) -> Vec<String> {
    offers.iter().map(|offer| offer.tool.clone()).collect()
}

/// What is known besides the transcript, with the gateway's own record since the stage began.
fn beside(context: &Context, log: Option<(u64, Utf8PathBuf)>, played: &Played) -> Observations {
    let server = &context.profile.gateway.server;
    let log = log.filter(|(_, path)| path.exists());
    Observations {
        offered: played.offered.as_ref().map(|offers| names(offers)),
        complaints: played.complaints.iter().map(|line| context.mask.hide(line)).collect(),
        recorded: log.map(|(offset, path)| call_log::since(&path, offset, server)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_is_not_blamed_for_an_agent_that_was_quicker_than_it_was() {
        let ms = Duration::from_millis;
        assert!(is_gateways(ms(5400), ms(4100)));
        assert!(!is_gateways(ms(1200), ms(2400)));
        assert!(!is_gateways(ms(5400), ms(900)));
    }
}
