//! The tools that are listed after a stage, and those that should be.

use smoke_core::cause::{Cause, Code};
use smoke_mcp::endpoint;
use smoke_record::profile::StageSpec;
use smoke_record::run_record::ExpectationRecord;

use crate::context::Context;
use crate::found;
use crate::roles::{gateway, supervisor};
use crate::step::Step;

/// Holds the live list to what the stage should have brought or taken away.
pub fn check_tools(
    context: &Context,
    step: &Step,
    stage: &StageSpec,
) -> Result<Vec<ExpectationRecord>, Cause> {
    let snapshot = context.options.capture.debug_tools;
    if stage.tools_present.is_empty() && stage.tools_absent.is_empty() && !snapshot {
        return Ok(Vec::new());
    }
    let endpoint = gateway::endpoint(context)?;
    let tools = endpoint::list_tools(&endpoint, step.left(), step.stop()).map_err(|refusal| {
        let code = refusal.code();
        let summary = format!("after stage {} {endpoint} fails: {refusal}", stage.name);
        Cause::new(code, summary, supervisor::read_logs(context))
    })?;
    found::tell_of_tools(context, step, &tools);
    if snapshot {
        let name = format!("tools/{}.json", stage.name);
        let text = context.mask.hide(&serde_json::to_string_pretty(&tools).unwrap_or_default());
        let _ = context.folder.replace(&name, text.as_bytes());
    }
    let listed = endpoint::names(&tools);
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

/// The tools that should have been listed after the stage, or not.
pub fn listing_cause(
    context: &Context,
    stage: &StageSpec,
    listed: &[ExpectationRecord],
) -> Option<Cause> {
    let unmet: Vec<String> = listed.iter().filter_map(|expected| expected.why.clone()).collect();
    let summary = format!("after stage {}: {}", stage.name, unmet.first()?);
    let next = supervisor::read_logs(context);
    Some(Cause::new(Code::ToolsMissing, summary, next).evidence(unmet.into_iter().skip(1)))
}
