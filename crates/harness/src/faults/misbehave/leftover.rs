//! Transcripts of an older run, which lie where this run's would be.

use std::{fs, io};

use anyhow::{Context, Result};
use serde_json::json;
use smoke_agents::transcript::{Outcome, Writer};
use smoke_record::profile::{Profile, StageSpec};

/// The arguments with which [`leave`] leaves a transcript for each stage, in which all went well: pairs of
/// a stage's name and the text.
pub fn arguments(profile: &Profile) -> Vec<String> {
    let pair = |stage: &StageSpec| {
        let text = transcript(stage, &profile.gateway.server).unwrap_or_default();
        [stage.name.clone(), String::from_utf8_lossy(&text).into_owned()]
    };
    profile.stages.iter().flat_map(pair).collect()
}

fn transcript(stage: &StageSpec, server: &str) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut writer = Writer::start(&mut text, "an-older-run")?;
    for call in &stage.calls {
        let open = writer.begin_call(server, &call.tool, &call.arguments)?;
        writer.end_call(open, Outcome::Completed(json!({"content": []})))?;
    }
    writer.complete_turn(&json!({}))?;
    Ok(text)
}

/// Leaves the transcripts in the workspace of the run that starts this.
///
/// # Errors
/// One of them cannot be written.
pub fn leave(arguments: &[String]) -> Result<()> {
    let workspace = std::env::var("SMOKE_WORKSPACE").context("find the workspace")?;
    for pair in arguments.chunks_exact(2) {
        let path = format!("{workspace}/codex-transcripts/{}.jsonl", pair[0]);
        fs::write(&path, &pair[1]).with_context(|| format!("write {path}"))?;
    }
    Ok(())
}
