//! Manual stages: the notes that a person gets, and the evidence that is left for the run.

mod left;
mod note;
mod result;

use smoke_core::cause::{Cause, Code};
use smoke_core::files::{self, PRIVATE};
use smoke_core::name::called;
use smoke_record::options::Manual;
use smoke_record::resume::Resume;
use smoke_record::workspace::paths::Paths;

use crate::context::Context;
use crate::roles::call_log;

pub use left::{Left, find};
pub use note::{prompt, prompt_for};
pub use result::{read_result, verdict};

/// Whether a person has yet to do stage `index`. After a resume, they have done the one that the run
/// stopped before, all of them if the playbook was for all, and any that they left a transcript of.
pub fn waits_for(context: &Context, index: usize) -> bool {
    let done = context.turn.and_then(|turn| turn.stage).is_some_and(|stage| {
        let transcript = format!("{}.jsonl", context.profile.stages[index].name);
        stage == index
            || context.options.manual == Manual::All
            || context.paths.transcripts.join(transcript).exists()
    });
    context.is_a_persons(index) && !done
}

/// Writes what a person needs to know for stage `index`, or for all stages when all are left to
/// them, and remembers where the run stopped. Returns what the screen says last.
///
/// # Errors
/// The note cannot be written.
pub fn stop_for(context: &Context, index: usize) -> Result<Vec<String>, Cause> {
    let unwritable = |error: anyhow::Error| {
        Cause::new(Code::Internal, format!("{error:#}"), "look at the run folder")
    };
    resume(context).save(&context.paths.workspace).map_err(unwritable)?;
    let notes = write_notes(context, index).map_err(unwritable)?;
    let workspace = shell(context.paths.workspace.as_str());
    let mut lines = vec![String::new(), "The stack is up and waits for you.".to_owned()];
    lines.extend(notes.iter().map(|note| format!("  read        {note}")));
    lines.push(format!("  then        cargo xtask smoke --resume --workspace {workspace}"));
    lines.push(format!("  or end it   cargo xtask smoke --cleanup-only --workspace {workspace}"));
    Ok(lines)
}

/// What a resume will need.
fn resume(context: &Context) -> Resume {
    let usual = Paths::of(&context.paths.workspace).pm2_home;
    Resume {
        run: context.run.clone(),
        options: context.options.clone(),
        profile: context.profile.clone(),
        run_folder: context.folder.path().to_owned(),
        pm2_home: Some(context.paths.pm2_home.clone()).filter(|home| *home != usual),
        call_log_offset: context.call_log().map_or(0, |log| call_log::length(&log)),
    }
}

/// The note for one stage, or the playbook for all with the file to fill in.
fn write_notes(context: &Context, index: usize) -> anyhow::Result<Vec<String>> {
    let write = |name: &str, text: &str| -> anyhow::Result<String> {
        context.folder.replace(name, context.mask.hide(&called(text)).as_bytes())?;
        Ok(context.folder.path().join(name).into_string())
    };
    if context.options.manual != Manual::All {
        let stage = &context.profile.stages[index];
        let name = format!("manual_stage_{}.md", stage.name);
        return Ok(vec![write(&name, &note::of_stage(context, stage)?)?]);
    }
    let playbook = write("manual_playbook.md", &note::playbook(context)?)?;
    let result = context.paths.workspace.join(result::FILE);
    files::replace(&result, context.mask.hide(&result::empty(context)).as_bytes(), PRIVATE)?;
    Ok(vec![playbook, result.into_string()])
}

/// `word` as a shell reads it.
fn shell(word: &str) -> String {
    smoke_core::text::shown(&[word.to_owned()])
}
