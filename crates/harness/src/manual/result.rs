//! `manual_result.json`: what a person says of the stages they did.

use serde::{Deserialize, Serialize};
use smoke_core::cause::{Cause, Code};
use smoke_core::files;

use crate::context::Context;

/// The file, in the workspace.
pub const FILE: &str = "manual_result.json";

/// What the file says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Results {
    schema: u32,
    run: String,
    stages: Vec<StageResult>,
}

/// What is said of one stage.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StageResult {
    name: String,
    /// Null until the person has filled it in.
    passed: Option<bool>,
    #[serde(default)]
    remarks: String,
}

/// The file as a person gets it.
pub fn empty(context: &Context) -> String {
    let stages = context.profile.stages.iter().map(|stage| StageResult {
        name: stage.name.clone(),
        passed: None,
        remarks: String::new(),
    });
    let results = Results { schema: 1, run: context.run.id.clone(), stages: stages.collect() };
    let text = serde_json::to_string_pretty(&results).unwrap_or_default();
    format!("{text}\n")
}

/// Makes sure that the file, where there is one, can be read.
///
/// # Errors
/// It is not what it should be; the error names the place in it.
pub fn read_result(context: &Context) -> Result<(), Cause> {
    read(context).map(drop)
}

/// What the person says of stage `name`, if anything: whether it passed, and their remarks.
///
/// # Errors
/// As [`read_result`].
pub fn verdict(context: &Context, name: &str) -> Result<Option<(bool, String)>, Cause> {
    let stages = read(context)?.map(|results| results.stages).unwrap_or_default();
    let result = stages.into_iter().find(|stage| stage.name == name);
    Ok(result.and_then(|stage| Some((stage.passed?, stage.remarks))))
}

fn read(context: &Context) -> Result<Option<Results>, Cause> {
    let path = context.paths.workspace.join(FILE);
    let Ok(text) = files::read_to_string(&path) else { return Ok(None) };
    let usage = |text: String| Cause::new(Code::Usage, text, "correct the file, then resume again");
    let results: Results =
        serde_json::from_str(&text).map_err(|error| usage(format!("{path}: {error}")))?;
    let known = |name: &str| context.profile.stages.iter().any(|stage| stage.name == name);
    match results.stages.iter().find(|stage| !known(&stage.name)) {
        Some(stage) => Err(usage(format!("{path}: there is no stage `{}`", stage.name))),
        None => Ok(Some(results)),
    }
}
