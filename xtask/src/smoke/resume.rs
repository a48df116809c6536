//! `--resume`: goes on where a run stopped for a person.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use camino::Utf8Path;
use smoke_agents::transcript::{self, judge_form};
use smoke_core::cause::{Cause, Code, Outcome};
use smoke_core::files;
use smoke_core::stop::Stop;
use smoke_harness::context::Context;
use smoke_harness::manual::{self, Left};
use smoke_mcp::endpoint;
use smoke_record::folder::RunFolder;
use smoke_record::options::SmokeArgs;
use smoke_record::plan::{self, Kind, Plan};
use smoke_record::record::{RunRecord, SCHEMA};
use smoke_record::recorder::Recorder;
use smoke_record::screen;
use smoke_record::settings::Settings;
use smoke_record::workspace::Workspace;

use super::session::{Ready, Session, start_guard};
use super::watch::Watch;
use super::{absolute, environment};

/// Opens the run that `--workspace` was left by. Nothing is changed before the evidence for the
/// next stage is there, so that a resume that comes too early can be repeated.
///
/// # Errors
/// There is no such run, it is not waiting, or the person left nothing for the stage.
pub fn open(args: &SmokeArgs, stop: &Stop) -> Result<Session, Cause> {
    let start = Instant::now();
    let path = absolute(args.workspace.workspace.as_deref().unwrap_or(Utf8Path::new(".")))?;
    let workspace = Workspace::open(&path)?;
    let settings = load(args, &workspace)?;
    let record = read_record(&settings)?;
    let mut context = Context::new(settings, workspace, 0, stop.clone())?;
    let plan = plan::plan(&context.profile, &context.settings.args).map_err(|error| {
        Cause::new(Code::ConfigInvalid, format!("{error:#}"), "correct the profile")
    })?;
    let done = passed(&record, &plan);
    context.resumed_at = next_stage(&plan, &done);
    if let Some(stage) = context.resumed_at {
        require_evidence(&context, &context.profile.stages[stage].name)?;
        manual::read_result(&context)?;
    }
    let folder = RunFolder::open(&context.settings.run_folder);
    let guard = start_guard(&context.settings.id, folder.path(), &environment()?)?;
    context.guard = guard.pid();
    let recorder = Recorder::start(folder.clone(), going_on(record), context.mask.clone(), start);
    let recorder = recorder.map_err(|error| {
        Cause::new(Code::Internal, format!("{error:#}"), "look at the run folder")
    })?;
    let watch = Watch::new(recorder, folder, args.format);
    guard.folder(&context.paths.codex_home);
    if !context.settings.args.workspace.keep_workspace {
        guard.workspace(&context.paths.workspace);
    }
    let ready = Ok(Ready { context: Arc::new(context), plan, done });
    Ok(Session { watch, guard, ready, stop: stop.clone() })
}

/// The settings of the run, with what this call says about the workspace.
fn load(args: &SmokeArgs, workspace: &Workspace) -> Result<Settings, Cause> {
    let mut settings = Settings::load(workspace.path()).map_err(|error| {
        let next = "only a run that stopped at a manual stage can be resumed";
        Cause::new(Code::Usage, format!("{error:#}"), next)
    })?;
    settings.args.workspace.keep_workspace |= args.workspace.keep_workspace;
    settings.workspace = workspace.path().to_owned();
    Ok(settings)
}

fn read_record(settings: &Settings) -> Result<RunRecord, Cause> {
    let path = settings.run_folder.join("run.json");
    let usage = |text: String| Cause::new(Code::Usage, text, "start a new run");
    let text = files::read_to_string(&path)
        .map_err(|error| usage(format!("cannot read {path}: {error}")))?;
    let record: RunRecord = serde_json::from_str(&text)
        .map_err(|error| usage(format!("{path} is no run record: {error}")))?;
    if record.schema != SCHEMA {
        return Err(usage(format!("{path} has schema {}, not {SCHEMA}", record.schema)));
    }
    if record.outcome != Outcome::Manual {
        return Err(usage(format!("run {} is not waiting for a person", record.id)));
    }
    Ok(record)
}

fn passed(record: &RunRecord, plan: &Plan) -> BTreeSet<String> {
    let passed = record.steps.iter().filter(|step| step.outcome == Outcome::Passed);
    passed.map(|step| step.id.clone()).filter(|id| plan.step(id).is_some()).collect()
}

/// The index of the stage that the run stopped before.
fn next_stage(plan: &Plan, done: &BTreeSet<String>) -> Option<usize> {
    plan.steps.iter().find_map(|step| match step.kind {
        Kind::Stage(index) if !done.contains(&step.id) => Some(index),
        _ => None,
    })
}

fn require_evidence(context: &Context, stage: &str) -> Result<(), Cause> {
    let path = context.paths.transcripts.join(format!("{stage}.jsonl"));
    let (lacks, mut evidence) = match manual::find(context, stage) {
        Left::Calls(_) => return Ok(()),
        Left::Nothing => (
            format!("nothing was left for stage {stage}"),
            vec![format!("no transcript at {path}")],
        ),
        Left::Transcript(text) => match judge_form(&transcript::read(&text[..])) {
            None => return Ok(()),
            Some(fault) => (
                format!("stage {stage}: {path} is no transcript"),
                [vec![fault.summary], fault.evidence].concat(),
            ),
        },
    };
    let up = endpoint::list_tools(&context.endpoint()?, Duration::from_secs(5), &context.stop);
    let state = match &up {
        Ok(_) => "the stack stays up".to_owned(),
        Err(refusal) => format!("the stack is not up any more: {refusal}"),
    };
    let summary = format!("{lacks}, and {state}");
    if let Some(log) = context.call_log() {
        evidence.push(format!("no call since the stop in {log}"));
    }
    let next = match up {
        Ok(_) => "do the stage as its note says, then resume again".to_owned(),
        Err(_) => {
            let workspace = &context.paths.workspace;
            format!(
                "cargo xtask smoke --cleanup-only --workspace {workspace}, then start a new run"
            )
        }
    };
    screen::say(&format!("the note is in {}", context.settings.run_folder));
    Err(Cause::new(Code::Usage, summary, next).evidence(evidence))
}

fn going_on(record: RunRecord) -> RunRecord {
    RunRecord { outcome: Outcome::Running, exit_code: None, ..record }
}
