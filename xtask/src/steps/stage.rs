//! `stage-NAME`: an agent makes the stage's calls, and what it did is held to the expectations.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::{files, threads};

use super::check_clean;
use crate::audit;
use crate::cause::{Cause, Code};
use crate::manual::{self, Left};
use crate::profile::StageSpec;
use crate::roles::agent::Played;
use crate::roles::supervisor::{self, Status};
use crate::roles::{agent, call_log, gateway};
use crate::run::context::Context;
use crate::run::event::Event;
use crate::run::mask::MaskedLines;
use crate::run::record::{CallRecord, ExpectationRecord, StageRecord};
use crate::run::step::{Done, Step};
use crate::servers::addresses;
use crate::transcript::{self, Beside, Call, Expectation, Expected, Fault, Transcript};

/// What a judgement rests on: a transcript with its path in the run folder, or the gateway's own
/// record of calls, which has none; and what else is known.
struct Evidence {
    transcript: Transcript,
    path: Option<String>,
    beside: Beside,
    connected_after: Option<Duration>,
}

/// Lets the agent go through the stage, or takes what a person left of it, then judges it.
pub fn play(context: &Context, step: &Step, index: usize) -> Result<Done, Cause> {
    let stage = &context.profile.stages[index];
    if context.has_gateway() {
        audit::check(context, step)?;
    }
    if context.is_a_persons(index) {
        return judge_person(context, step, stage);
    }
    let (name, path, mut transcript) = open(context, stage)?;
    let before = supervisor::of(context).status();
    let log = context.call_log().map(|log| (call_log::length(&log), log));
    let played = agent::of(context).play(stage, &mut transcript, step);
    drop(transcript);
    let beside = beside(context, log, &played);
    let connected_after = played.connected_after;
    tell_of_waiting(context, step, connected_after);
    let evidence = Evidence { transcript: read(&path)?, path: Some(name), beside, connected_after };
    let judged = judge(context, step, stage, &evidence);
    let result = played.failed.map_or(Ok(()), Err).and(judged);
    result.map_err(|cause| match crash(context, stage, &before) {
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

/// What is known besides the transcript, with the gateway's own record since the stage began.
fn beside(context: &Context, log: Option<(u64, Utf8PathBuf)>, played: &Played) -> Beside {
    let server = &context.profile.gateway.server;
    let log = log.filter(|(_, path)| path.exists());
    Beside {
        offered: played.offered.clone(),
        complaints: played.complaints.iter().map(|line| context.mask.hide(line)).collect(),
        recorded: log.map(|(offset, path)| call_log::since(&path, offset, server)),
    }
}

/// If the gateway went down during the stage, that is why its calls failed.
fn crash(context: &Context, stage: &StageSpec, before: &Status) -> Option<Cause> {
    let now = supervisor::of(context).status();
    if !context.has_gateway() || now.starts == before.starts && now.gateway.is_some() {
        return None;
    }
    let exit = now.last_exit.unwrap_or_else(|| "it is gone".into());
    let summary = format!("the gateway crashed during stage {}: {exit}", stage.name);
    let (name, log) = supervisor::last_words(&context.paths.workspace, 8);
    let next = context.folder.read_log(&name);
    Some(Cause::new(Code::GatewayCrashed, summary, next).evidence(log))
}

fn judge_person(context: &Context, step: &Step, stage: &StageSpec) -> Result<Done, Cause> {
    let evidence = match manual::find(context, &stage.name) {
        Left::Transcript(text) => {
            let (name, path, mut copy) = open(context, stage)?;
            copy.write_all(&text).map_err(|error| unwritable(&path, &error))?;
            drop(copy);
            let transcript = read(&path)?;
            let beside = Beside::default();
            Evidence { transcript, path: Some(name), beside, connected_after: None }
        }
        Left::Calls(calls) => recorded(context, calls),
        Left::Nothing => recorded(context, Vec::new()),
    };
    let said = manual::verdict(context, &stage.name)?;
    judge(context, step, stage, &evidence)?;
    match said {
        Some((false, remarks)) => {
            let summary = format!("the person who did stage {} says that it failed", stage.name);
            let next = "read the stage's transcript in the run folder";
            Err(Cause::new(Code::CheckFailed, summary, next).evidence([remarks]))
        }
        Some((true, remarks)) if !remarks.is_empty() => {
            step.note(format!("remarks: {remarks}"));
            Ok(Done::ONCE)
        }
        _ => Ok(Done::ONCE),
    }
}

/// The gateway's own record, masked as a transcript would be.
fn recorded(context: &Context, mut calls: Vec<Call>) -> Evidence {
    for call in &mut calls {
        context.mask.hide_in_json(&mut call.arguments);
        call.result.iter_mut().for_each(|result| context.mask.hide_in_json(result));
    }
    let (transcript, beside) = (Transcript::of_calls(calls), Beside::default());
    Evidence { transcript, path: None, beside, connected_after: None }
}

/// The transcript of `stage` in the run folder: its name there, its path, and the empty file.
fn open(
    context: &Context,
    stage: &StageSpec,
) -> Result<(String, Utf8PathBuf, MaskedLines<File>), Cause> {
    let name = format!("codex-transcripts/{}.jsonl", stage.name);
    let path = context.folder.path().join(&name);
    let file = context.folder.replace(&name, b"").and_then(|()| context.folder.append(&name));
    let file = file.map_err(|error| unwritable(&path, &error))?;
    Ok((name, path, MaskedLines::new(file, context.mask.clone())))
}

fn unwritable(path: &Utf8Path, error: &io::Error) -> Cause {
    let summary = format!("cannot write {path}: {error}");
    Cause::new(Code::PrerequisiteMissing, summary, "look at what became of the run folder")
}

/// Reads a transcript.
fn read(path: &Utf8Path) -> Result<Transcript, Cause> {
    let file = files::open(path).map_err(|error| {
        let summary = format!("cannot read the transcript {path}: {error}");
        Cause::new(Code::TranscriptInvalid, summary, "look at the run folder")
    })?;
    Ok(transcript::read(BufReader::new(file)))
}

/// Holds what was done to what `stage` expects, and the stack to what it should be afterwards.
///
/// # Errors
/// All that is not as expected, in one cause.
fn judge(
    context: &Context,
    step: &Step,
    stage: &StageSpec,
    evidence: &Evidence,
) -> Result<(), Cause> {
    let expectations = expectations(context, stage);
    let transcript = &evidence.transcript;
    step.log(&format!(
        "{} items, {} calls, {} lines that are no events",
        transcript.progress_items(),
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
    let called = fault.map(|fault| with_addresses(context, cause(stage, &fault)));
    let causes = [unlisted, called, listing_cause(stage, &listed), clean.err()];
    causes.into_iter().flatten().reduce(with).map_or(Ok(()), Err)
}

/// Looks at the clone and at the tools as `stage` left them, at the same time. What the listing
/// itself may do to the clone, the next stage sees, and after the last one `verify`.
fn look(
    context: &Context,
    step: &Step,
    stage: &StageSpec,
) -> (Result<(), Cause>, Result<Vec<ExpectationRecord>, Cause>) {
    let clean = || check_clean(context, &format!("stage {}", stage.name));
    threads::both(clean, || check_tools(context, step, stage))
}

/// An expectation that the profile lowered is no silent one.
fn say_what_is_lowered(step: &Step, judged: &[ExpectationRecord]) {
    for expectation in judged.iter().filter(|expectation| expectation.lowered) {
        step.note(format!("{}: any status will do, says the profile", expectation.tool));
    }
}

/// A call that could not reach anybody went to a wrong address, which the config home may show.
fn with_addresses(context: &Context, cause: Cause) -> Cause {
    let said = cause.evidence.iter().chain([&cause.summary]);
    if !said.into_iter().any(|line| addresses::is_connection_failure(line)) {
        return cause;
    }
    let mut known = addresses::strange(&context.paths.config_home, context.settings.port);
    let read = context.strange_addresses.get().into_iter().flatten();
    let gone =
        read.filter(|line| !known.contains(line)).map(|line| format!("at the start, {line}"));
    known.extend(gone.collect::<Vec<_>>());
    cause.evidence(known)
}

/// The first cause, with all that the second says.
fn with(first: Cause, second: Cause) -> Cause {
    let heading = format!("{}: {}", second.code.as_str(), second.summary);
    first.evidence([heading]).evidence(second.evidence)
}

/// The tools that should have been listed after the stage, or not.
fn listing_cause(stage: &StageSpec, listed: &[ExpectationRecord]) -> Option<Cause> {
    let unmet: Vec<String> = listed.iter().filter_map(|expected| expected.why.clone()).collect();
    let summary = format!("after stage {}: {}", stage.name, unmet.first()?);
    let next = "read logs/gateway.log in the run folder";
    Some(Cause::new(Code::ToolsMissing, summary, next).evidence(unmet.into_iter().skip(1)))
}

/// What the stage expects, with secrets masked as they are in the transcript that it is held to.
fn expectations(context: &Context, stage: &StageSpec) -> Vec<Expectation> {
    let mask = &context.mask;
    let mut all = context.profile.expectations(stage);
    for expected in &mut all {
        mask.hide_in_json(&mut expected.arguments);
        expected.result.iter_mut().for_each(|result| mask.hide_in_json(result));
        expected.result_contains.iter_mut().for_each(|text| *text = mask.hide(text));
    }
    all
}

/// Holds the live list to what the stage should have brought or taken away.
fn check_tools(
    context: &Context,
    step: &Step,
    stage: &StageSpec,
) -> Result<Vec<ExpectationRecord>, Cause> {
    let snapshot = context.settings.args.capture_debug_tools;
    if stage.tools_present.is_empty() && stage.tools_absent.is_empty() && !snapshot {
        return Ok(Vec::new());
    }
    let endpoint = context.endpoint()?;
    let tools = gateway::list_tools(&endpoint, step.left(), step.stop()).map_err(|refusal| {
        let code = Code::from_text(refusal.code()).unwrap_or(Code::GatewayError);
        let summary = format!("after stage {} {endpoint} fails: {refusal}", stage.name);
        Cause::new(code, summary, "read logs/gateway.log in the run folder")
    })?;
    if snapshot {
        let name = format!("tools/{}.json", stage.name);
        let text = context.mask.hide(&serde_json::to_string_pretty(&tools).unwrap_or_default());
        let _ = context.folder.replace(&name, text.as_bytes());
    }
    let listed = gateway::names(&tools);
    let hold = |tool: &String, wanted: bool| {
        let met = listed.contains(&tool.as_str()) == wanted;
        let state = if wanted { "is not listed" } else { "is still listed" };
        let why = (!met).then(|| format!("tool {tool} {state}"));
        ExpectationRecord {
            tool: tool.clone(),
            met,
            matched: usize::from(met),
            why,
            lowered: false,
        }
    };
    let present = stage.tools_present.iter().map(|tool| hold(tool, true));
    Ok(present.chain(stage.tools_absent.iter().map(|tool| hold(tool, false))).collect())
}

fn record(
    stage: &StageSpec,
    evidence: &Evidence,
    expectations: Vec<ExpectationRecord>,
    git_clean: bool,
) -> StageRecord {
    let kind = if evidence.path.is_some() { "transcript" } else { "gateway" };
    let took = durations(&evidence.transcript.calls, &evidence.beside);
    let calls = evidence.transcript.calls.iter().zip(took).map(|(call, duration_ms)| CallRecord {
        server: call.server.clone(),
        tool: call.tool.clone(),
        arguments: call.arguments.clone(),
        status: call.status.to_string(),
        error: call.error.clone(),
        result: shown_result(call),
        duration_ms,
    });
    StageRecord {
        name: stage.name.clone(),
        transcript: evidence.path.clone(),
        evidence: kind.to_owned(),
        calls: calls.collect(),
        expectations,
        git_clean,
        offered_tools: evidence.beside.offered.clone(),
        connected_after_ms: evidence.connected_after.map(|after| after.as_millis() as u64),
        tokens: evidence.transcript.tokens.clone(),
    }
}

/// The text of a call's result, as much of it as a person wants to read.
fn shown_result(call: &Call) -> Option<String> {
    const LONGEST: usize = 4_000;
    let text = call.result.as_ref().map(|_| call.result_text())?;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => Some(format!("{}…", &text[..end])),
        None => Some(text),
    }
}

/// How long each call took: as its agent says, else as the gateway says of its call of that tool.
fn durations(calls: &[Call], beside: &Beside) -> Vec<Option<u64>> {
    let mut recorded: Vec<&Call> = beside.recorded.iter().flatten().collect();
    let mut of_gateway = |call: &Call| {
        let at = recorded.iter().position(|known| known.tool == call.tool)?;
        recorded.remove(at).duration_ms
    };
    calls.iter().map(|call| of_gateway(call).or(call.duration_ms)).collect()
}

fn cause(stage: &StageSpec, fault: &Fault) -> Cause {
    let code = Code::from_text(fault.code).unwrap_or(Code::AgentCallFailed);
    let summary = format!("stage {}: {}", stage.name, fault.summary);
    let next = match code {
        Code::AgentAuth => {
            "codex login, or give it the key that its provider takes, or use --model scripted"
                .to_owned()
        }
        _ => format!("read codex-transcripts/{}.jsonl in the run folder", stage.name),
    };
    Cause::new(code, summary, next).evidence(fault.evidence.clone())
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
