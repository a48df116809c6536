//! Transcripts of an older run, which lie where this run's would be.

use std::fs::File;
use std::io;

use camino::Utf8Path;
use serde_json::json;
use smoke_agents::transcript::{Outcome, Writer};
use smoke_record::profile::Profile;

/// Leaves a transcript in `folder` for each stage, in which all went well.
///
/// # Errors
/// One of them cannot be written.
pub fn leave(profile: &Profile, folder: &Utf8Path) -> io::Result<()> {
    for stage in &profile.stages {
        let file = File::create(folder.join(format!("{}.jsonl", stage.name)))?;
        let mut writer = Writer::start(file, "an-older-run")?;
        for call in &stage.calls {
            let open = writer.begin_call(&profile.gateway.server, &call.tool, &call.arguments)?;
            writer.end_call(open, Outcome::Completed(json!({"content": []})))?;
        }
        writer.complete_turn(&json!({}))?;
    }
    Ok(())
}
