//! The verdict on a stage: what was done in it, held to its expectations.

use smoke_agents::transcript::{self, Expectation, Expected, Fault};
use smoke_core::cause::{Cause, Code};
use smoke_core::threads;
use smoke_record::event::Event;
use smoke_record::profile::StageSpec;
use smoke_record::run_record::ExpectationRecord;

use super::listing::{check_tools, listing_cause};
use super::record::{Evidence, record};
use crate::context::Context;
use crate::servers::addresses;
use crate::step::Step;
use crate::steps::clean;

/// Holds what was done to what `stage` expects, and the stack to what it should be afterwards.
///
/// # Errors
/// All that is not as expected, in one cause.
pub fn judge(
    context: &Context,
    step: &Step,
    stage: &StageSpec,
    evidence: &Evidence,
) -> Result<(), Cause> {
    let expectations = expectations(context, stage);
    let transcript = &evidence.transcript;
    step.log(&format!(
        "{} items, {} calls, {} lines that are no events",
        transcript.progress(),
        transcript.calls.len(),
        transcript.malformed_count
    ));
    let verdicts = transcript::hold(&expectations, &transcript.calls);
    let fault = transcript::judge(&expectations, &verdicts, transcript, &evidence.beside);
    let mut judged: Vec<ExpectationRecord> = verdicts
        .into_iter()
        .zip(&expectations)
        .map(|(v, expected)| ExpectationRecord {
            tool: v.tool,
            met: v.met,
            matched: v.matched,
            why: v.why,
            lowered: expected.status == Expected::Any,
        })
        .collect();
    say_what_is_lowered(step, &judged);
    let (clean, listed) = look(context, step, stage);
    let (listed, unlisted) = match listed {
        Ok(listed) => (listed, None),
        Err(cause) => (Vec::new(), Some(cause)),
    };
    judged.extend(listed.clone());
    step.emit(Event::StageJudged(record(stage, evidence, judged, clean.is_ok())));
    let called = fault.map(|fault| with_addresses(context, cause(step, stage, &fault)));
    let causes = [unlisted, called, listing_cause(context, stage, &listed), clean.err()];
    causes.into_iter().flatten().reduce(with).map_or(Ok(()), Err)
}

/// Looks at the clone and at the tools as `stage` left them, at the same time. What the listing
/// itself may do to the clone, the next stage sees, and after the last one `verify`.
fn look(
    context: &Context,
    step: &Step,
    stage: &StageSpec,
) -> (Result<(), Cause>, Result<Vec<ExpectationRecord>, Cause>) {
    let clean = || clean::check(context, step, &format!("stage {}", stage.name));
    threads::both(clean, || check_tools(context, step, stage))
}

/// What the stage expects, with secrets masked as they are in the transcript that it is held to.
pub fn expectations(context: &Context, stage: &StageSpec) -> Vec<Expectation> {
    let mask = &context.mask;
    let mut all = context.profile.expectations(stage);
    for expected in &mut all {
        mask.hide_in_json(&mut expected.arguments);
        expected.result.iter_mut().for_each(|result| mask.hide_in_json(result));
        expected.result_contains.iter_mut().for_each(|text| *text = mask.hide(text));
    }
    all
}

/// An expectation that the profile lowered is no silent one.
fn say_what_is_lowered(step: &Step, judged: &[ExpectationRecord]) {
    for expectation in judged.iter().filter(|expectation| expectation.lowered) {
        step.note(format!("{}: any status will do, says the profile", expectation.tool));
    }
}

fn cause(step: &Step, stage: &StageSpec, fault: &Fault) -> Cause {
    let code = fault.code;
    let summary = format!("stage {}: {}", stage.name, fault.summary);
    let next = match code {
        Code::AgentAuth => {
            "codex login, or give it the key that its provider takes, or use --model scripted"
                .to_owned()
        }
        _ => step.read_transcript(&stage.name),
    };
    Cause::new(code, summary, next).evidence(fault.evidence.clone())
}

/// A call that could not reach anybody went to a wrong address, which the config home may show.
fn with_addresses(context: &Context, cause: Cause) -> Cause {
    let said = cause.evidence.iter().chain([&cause.summary]);
    if !said.into_iter().any(|line| addresses::is_connection_failure(line)) {
        return cause;
    }
    let mut known = addresses::strange(&context.paths.config_home, context.run.port);
    let read = context.shared.strange_addresses.get().into_iter().flatten();
    let gone =
        read.filter(|line| !known.contains(line)).map(|line| format!("at the start, {line}"));
    known.extend(gone.collect::<Vec<_>>());
    cause.evidence(known)
}

/// The first cause, with all that the second says.
pub fn with(first: Cause, second: Cause) -> Cause {
    let heading = format!("{}: {}", second.code.as_str(), second.summary);
    first.evidence([heading]).evidence(second.evidence)
}
