//! `--resume`: goes on where a run stopped for a person.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use camino::Utf8Path;
use smoke_core::cause::{Cause, Code, Outcome};
use smoke_core::environment::Environment;
use smoke_core::files;
use smoke_core::stop::Stop;
use smoke_harness::context::{Context, Held, Outset, Turn};
use smoke_harness::manual::{self, Left};
use smoke_harness::roles::gateway;
use smoke_mcp::endpoint;
use smoke_record::folder::RunFolder;
use smoke_record::plan::{Kind, Plan};
use smoke_record::recorder::Recorder;
use smoke_record::resume::Resume;
use smoke_record::run_record::{RunRecord, of_other_schema};
use smoke_record::screen;
use smoke_record::workspace::Workspace;
use smoke_record::workspace::paths::Paths;

use super::decide::Decided;
use super::environment;
use super::prepare::Ready;
use super::session::{Session, start_guard};
use super::watch::Watch;
use crate::cli::run::RunArgs;
use crate::cli::value::absolute;

/// Opens the run that `--workspace` was left by. Nothing is changed before the evidence for the
/// next stage is there, so that a resume that comes too early can be repeated.
///
/// # Errors
/// There is no such run, it is not waiting, or the person left nothing for the stage.
pub fn open(args: &RunArgs, stop: &Stop) -> Result<Session, Cause> {
    let start = Instant::now();
    let path = absolute(args.workspace.workspace.as_deref().unwrap_or(Utf8Path::new(".")))?;
    let workspace = Workspace::open(&path)?;
    let mut left = Resume::load(workspace.path())?;
    left.options.workspace.keep |= args.workspace.keep_workspace;
    let record = read_record(&left.run_folder)?;
    let decided = Decided::new(left.profile, left.options).map_err(|error| {
        Cause::new(Code::ConfigInvalid, format!("{error:#}"), "correct the profile")
    })?;
    let Decided { profile, options, plan, .. } = decided;
    let left = Resume { profile, options, ..left };
    let done = passed(&record, &plan);
    let turn = Turn { stage: next_stage(&plan, &done), call_log_offset: left.call_log_offset };
    let environment = environment()?;
    let mut context = outset(left, workspace, environment.clone(), turn, stop).context()?;
    if let Some(stage) = turn.stage {
        require_evidence(&context, &context.profile.stages[stage].name)?;
        manual::read_result(&context)?;
    }
    let folder = context.folder.clone();
    let guard = Arc::new(start_guard(&context.run.id, folder.path(), &environment)?);
    context.held.guard = guard.pid();
    let recorder = Recorder::start(folder.clone(), going_on(record), context.mask.clone(), start);
    let recorder = recorder.map_err(|error| {
        Cause::new(Code::Internal, format!("{error:#}"), "look at the run folder")
    })?;
    let watch = Watch::new(recorder, folder, args.output.format);
    context.paths.homes().into_iter().for_each(|home| guard.folder(home));
    if !context.options.workspace.keep {
        guard.workspace(&context.paths.workspace);
    }
    let ready = Ok(Ready { context: Arc::new(context), plan, done });
    Ok(Session { watch, guard, ready, stop: stop.clone() })
}

/// What was decided when the run began, and what a person's turn left.
fn outset(
    left: Resume,
    workspace: Workspace,
    environment: Environment,
    turn: Turn,
    stop: &Stop,
) -> Outset {
    let mut paths = Paths::of(workspace.path());
    paths.pm2_home = left.pm2_home.unwrap_or(paths.pm2_home);
    Outset {
        run: left.run,
        options: left.options,
        profile: left.profile,
        paths,
        folder: RunFolder::open(&left.run_folder),
        environment,
        // A kept stack holds its port by itself, and there is no guard yet.
        held: Held::new(workspace, None, 0),
        turn: Some(turn),
        stop: stop.clone(),
    }
}

fn read_record(run_folder: &Utf8Path) -> Result<RunRecord, Cause> {
    let path = run_folder.join("run.json");
    let usage = |text: String| Cause::new(Code::Usage, text, "start a new run");
    let text = files::read_to_string(&path)
        .map_err(|error| usage(format!("cannot read {path}: {error}")))?;
    if let Some(why) = of_other_schema(&text) {
        return Err(usage(format!("{path} {why}")));
    }
    let record: RunRecord = serde_json::from_str(&text)
        .map_err(|error| usage(format!("{path} is no run record: {error}")))?;
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
        Left::Calls(_) | Left::Transcript(_, None) => return Ok(()),
        Left::Nothing => (
            format!("nothing was left for stage {stage}"),
            vec![format!("no transcript at {path}")],
        ),
        Left::Transcript(_, Some(fault)) => (
            format!("stage {stage}: {path} is no transcript"),
            [vec![fault.summary], fault.evidence].concat(),
        ),
    };
    let up =
        endpoint::list_tools(&gateway::endpoint(context)?, Duration::from_secs(5), &context.stop);
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
    screen::say(&format!("the note is in {}", context.folder.path()));
    Err(Cause::new(Code::Usage, summary, next).evidence(evidence))
}

fn going_on(record: RunRecord) -> RunRecord {
    RunRecord { outcome: Outcome::Running, exit_code: None, ..record }
}
