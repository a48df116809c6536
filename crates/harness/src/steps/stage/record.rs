//! A stage as the run's record has it.

use std::collections::BTreeMap;
use std::time::Duration;

use smoke_agents::transcript::{Call, Observations, Transcript};
use smoke_core::text::legible::cut;
use smoke_record::profile::StageSpec;
use smoke_record::run_record::{CallRecord, ExpectationRecord, StageRecord};

/// What a judgement rests on: a transcript with its path in the run folder, or the gateway's own
/// record of calls, which has none; and what else is known.
pub struct Evidence {
    /// The calls.
    pub transcript: Transcript,
    /// The transcript's path in the run folder.
    pub path: Option<String>,
    /// What is known besides.
    pub beside: Observations,
    /// How long it took until the agent knew its tools, where that was seen.
    pub connected_after: Option<Duration>,
    /// The names that the agent's model has for the tools that it was offered.
    pub offered_as: BTreeMap<String, String>,
}

/// The record of `stage`, judged by `evidence`.
pub fn record(
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
        arguments: call.arguments.value(),
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
        offered_as: evidence.offered_as.clone(),
        connected_after_ms: evidence.connected_after.map(|after| after.as_millis() as u64),
        tokens: evidence.transcript.tokens.clone(),
    }
}

/// The text of a call's result, as much of it as a person wants to read.
fn shown_result(call: &Call) -> Option<String> {
    const LONGEST: usize = 4_000;
    let text = call.result.as_ref().map(|_| call.result_text())?;
    Some(cut(&text, LONGEST))
}

/// How long each call took: as its agent says, else as the gateway says of its call of that tool.
fn durations(calls: &[Call], beside: &Observations) -> Vec<Option<u64>> {
    let mut recorded: Vec<&Call> = beside.recorded.iter().flatten().collect();
    let mut of_gateway = |call: &Call| {
        let at = recorded.iter().position(|known| known.tool == call.tool)?;
        recorded.remove(at).duration_ms
    };
    calls.iter().map(|call| of_gateway(call).or(call.duration_ms)).collect()
}
