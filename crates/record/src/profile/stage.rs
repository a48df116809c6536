//! The tables `[[stage]]` of a profile.

use anyhow::Result;
use serde_json::{Value, json};
use smoke_agents::transcript::{Expectation, Expected};

use super::table::Table;
use super::{CallSpec, StageSpec};

/// Reads one.
///
/// # Errors
/// A key is unknown, missing or of the wrong type, or nothing is expected in it.
pub fn read(table: Table) -> Result<StageSpec> {
    let spec = StageSpec {
        name: table.required_string("name")?,
        prompt: table.string("prompt")?,
        calls: table.tables("call")?.into_iter().map(call).collect::<Result<_>>()?,
        tools_present: table.strings("tools_present")?,
        tools_absent: table.strings("tools_absent")?,
    };
    if spec.calls.is_empty() && spec.tools_present.is_empty() && spec.tools_absent.is_empty() {
        let message = "a stage needs a [[stage.call]], or tools that must be listed or not";
        return Err(table.error("name", message));
    }
    table.finish()?;
    Ok(spec)
}

fn call(table: Table) -> Result<CallSpec> {
    let tool = table.required_string("tool")?;
    let arguments = table.json("arguments")?.unwrap_or_else(|| json!({}));
    let expected = table.json("expect")?.unwrap_or_else(|| arguments.clone());
    let expectation = Expectation {
        server: table.string("server")?,
        tool: tool.clone(),
        arguments: expected,
        status: status(&table)?,
        result_contains: table.strings("result_contains")?,
        result: table.json("result")?,
    };
    if !matches!(arguments, Value::Object(_)) {
        return Err(table.error("arguments", "`arguments` must be a table"));
    }
    table.finish()?;
    Ok(CallSpec { tool, arguments, expectation })
}

fn status(table: &Table) -> Result<Expected> {
    match table.string("status")?.as_deref() {
        None | Some("completed") => Ok(Expected::Completed),
        Some("failed") => Ok(Expected::Failed),
        Some("any") => Ok(Expected::Any),
        Some(_) => {
            Err(table.error("status", "`status` must be \"completed\", \"failed\" or \"any\""))
        }
    }
}
