//! A stage that a person went through.

use std::collections::BTreeMap;
use std::io::Write;

use smoke_agents::KeptJson;
use smoke_agents::transcript::{Call, Observations, Transcript};
use smoke_core::cause::{Cause, Code};
use smoke_record::profile::StageSpec;

use super::file::{open, read, unwritable};
use super::judge::{expectations, judge};
use super::record::Evidence;
use crate::context::Context;
use crate::manual::{self, Left};
use crate::step::{Done, Step};

/// Judges what a person left of a stage, and takes their word for the rest.
///
/// # Errors
/// As [`judge`], and when the person says that the stage failed.
pub fn judge_persons(context: &Context, step: &Step, stage: &StageSpec) -> Result<Done, Cause> {
    let evidence = match manual::find(context, &stage.name) {
        Left::Transcript(text, _) => {
            let (name, path, mut copy) = open(context, stage)?;
            copy.write_all(&text).map_err(|error| unwritable(&path, &error))?;
            drop(copy);
            let transcript = read(&path, &expectations(context, stage))?;
            let beside = Observations::default();
            Evidence {
                transcript,
                path: Some(name),
                beside,
                connected_after: None,
                offered_as: BTreeMap::new(),
            }
        }
        Left::Calls(calls) => recorded(context, calls),
        Left::Nothing => recorded(context, Vec::new()),
    };
    let said = manual::verdict(context, &stage.name)?;
    judge(context, step, stage, &evidence)?;
    match said {
        Some((false, remarks)) => {
            let summary = format!("the person who did stage {} says that it failed", stage.name);
            let next = step.read_transcript(&stage.name);
            Err(Cause::new(Code::CheckFailed, summary, next).evidence([remarks]))
        }
        Some((true, remarks)) if !remarks.is_empty() => {
            step.note(format!("remarks: {remarks}"));
            Ok(Done::ONCE)
        }
        _ => Ok(Done::ONCE),
    }
}

fn masked(context: &Context, value: &KeptJson) -> KeptJson {
    let mut value = value.value();
    context.mask.hide_in_json(&mut value);
    value.into()
}

/// The gateway's own record, masked as a transcript would be.
fn recorded(context: &Context, mut calls: Vec<Call>) -> Evidence {
    for call in &mut calls {
        let values = [Some(&mut call.arguments), call.result.as_mut()];
        values.into_iter().flatten().for_each(|value| *value = masked(context, value));
    }
    let (transcript, beside) = (Transcript::of_calls(calls), Observations::default());
    Evidence { transcript, path: None, beside, connected_after: None, offered_as: BTreeMap::new() }
}
