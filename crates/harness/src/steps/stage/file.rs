//! The transcript of a stage in the run folder.

use std::fs::File;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use smoke_agents::transcript::{Expectation, Transcript};
use smoke_core::cause::{Cause, Code};
use smoke_core::files;
use smoke_record::mask::MaskedLines;
use smoke_record::profile::StageSpec;

use crate::context::Context;

/// The transcript of `stage` in the run folder: its name there, its path, and the empty file.
pub fn open(
    context: &Context,
    stage: &StageSpec,
) -> Result<(String, Utf8PathBuf, MaskedLines<File>), Cause> {
    let name = format!("codex-transcripts/{}.jsonl", stage.name);
    let path = context.folder.path().join(&name);
    let file = context.folder.replace(&name, b"").and_then(|()| context.folder.append(&name));
    let file = file.map_err(|error| unwritable(&path, &error))?;
    Ok((name, path, MaskedLines::new(file, context.mask.clone())))
}

/// Reads a transcript, of which this is expected.
pub fn read(path: &Utf8Path, expectations: &[Expectation]) -> Result<Transcript, Cause> {
    let file = files::open(path).map_err(|error| {
        let summary = format!("cannot read the transcript {path}: {error}");
        Cause::new(Code::TranscriptInvalid, summary, "look at the run folder")
    })?;
    Ok(smoke_agents::read_expecting(expectations, file))
}

/// What keeps the transcript at `path` from being written.
pub fn unwritable(path: &Utf8Path, error: &io::Error) -> Cause {
    let summary = format!("cannot write {path}: {error}");
    Cause::new(Code::PrerequisiteMissing, summary, "look at what became of the run folder")
}
