//! `smoke`: the main job, from the arguments to the exit code.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime};

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::environment::Environment;
use smoke_core::stop::Stop;

use crate::cause::{Cause, Code, Outcome};
use crate::cli::{Format, SmokeArgs};
use crate::plan::{self, Plan};
use crate::profile::{self, Profile};
use crate::run::context::{self, Context};
use crate::run::event::Event;
use crate::run::folder::{self, RunFolder};
use crate::run::mask::Mask;
use crate::run::record::{EnvAudit, Host, RunRecord, SCHEMA, Source, StepRecord};
use crate::run::recorder::Recorder;
use crate::run::runner::{self, End};
use crate::run::settings::Settings;
use crate::{cleanup, git, manual, prepare, project, resume, screen, signals};

/// Runs a smoke test, or does what other flags ask for instead. Returns the exit code.
pub fn smoke(args: &SmokeArgs) -> u8 {
    let start = Instant::now();
    if let Some(cause) = conflict(args) {
        return refuse(&cause);
    }
    if args.workspace.cleanup_only {
        return cleanup::clean_up(args.workspace.workspace.as_deref());
    }
    if args.plan_only {
        return show_plan(args).unwrap_or_else(|cause| refuse(&cause));
    }
    let stop = Stop::default();
    if let Err(error) = signals::install(&stop) {
        return refuse(&Cause::new(Code::Internal, format!("{error:#}"), "run it again"));
    }
    let session =
        if args.resume { resume::open(args, &stop) } else { Session::start(args, &stop, start) };
    session.map_or_else(|cause| refuse(&cause), Session::run)
}

/// A run as far as this process carries it: all of it, or what comes after a person's turn.
pub struct Session {
    /// Takes in what happens.
    pub watch: Watch,
    /// What the steps share; only a run that got past `prepare` has it.
    pub ready: Result<Ready, Cause>,
    /// The wish to stop.
    pub stop: Stop,
}

/// What a run needs to carry out its plan.
pub struct Ready {
    /// What the steps share.
    pub context: Arc<Context>,
    /// The plan.
    pub plan: Plan,
    /// The steps that are done already.
    pub done: BTreeSet<String>,
}

impl Session {
    /// Makes the run folder, then the workspace.
    fn start(args: &SmokeArgs, stop: &Stop, start: Instant) -> Result<Self, Cause> {
        let environment = environment()?;
        let root = root(&environment)?;
        let artifacts = args.artifacts.clone().unwrap_or_else(|| root.join("target/smoke"));
        let artifacts = absolute(&artifacts)?;
        let id = folder::new_id();
        let folder = RunFolder::create(&artifacts, &id).map_err(|error| unwritable(&error))?;
        let recorder = Recorder::start(
            folder.clone(),
            first_record(&id, args),
            Mask::new(&environment),
            start,
        );
        let watch = Watch::new(recorder.map_err(|error| unwritable(&error))?, folder, args.format);
        watch.take(start, started("prepare"));
        let ready =
            prepare::prepare(&prepare::Wanted { args, root, id, environment, stop }, &watch);
        Ok(Self { watch, ready, stop: stop.clone() })
    }

    /// Carries out the plan and ends the run. Returns the exit code.
    fn run(self) -> u8 {
        let Self { watch, ready, stop } = self;
        let Ready { context, plan, done } = match ready {
            Ok(ready) => ready,
            Err(cause) => {
                let cause = interrupted(&stop).unwrap_or(cause);
                watch.take(Instant::now(), finished("prepare", Some(&cause)));
                return watch.finish(Some(("prepare".into(), cause)), &stop);
            }
        };
        let manual = |stage: usize| context.waits_for_a_person(stage);
        let end =
            runner::run(&plan, done, &context, &manual, &mut |when, event| watch.take(when, event));
        match end {
            End::Manual { stage } => match manual::stop_for(&context, stage) {
                Ok(next) => watch.pause(&next),
                Err(cause) => {
                    tear_down(&watch, &context, Some((stage_id(&context, stage), cause)), &stop)
                }
            },
            End::Passed if plan.step("teardown").is_none() => watch.keep(&context),
            End::Passed => tear_down(&watch, &context, None, &stop),
            End::Failed { step, cause } => tear_down(&watch, &context, Some((step, cause)), &stop),
        }
    }
}

/// Everything ends the same way, whatever happened before.
fn tear_down(
    watch: &Watch,
    context: &Arc<Context>,
    failed: Option<(String, Cause)>,
    stop: &Stop,
) -> u8 {
    let result =
        runner::run_one(&plan::teardown(), context, &mut |when, event| watch.take(when, event));
    let failed = failed.or_else(|| result.err().map(|cause| ("teardown".to_owned(), cause)));
    watch.finish(failed.or_else(|| watch.leak()), stop)
}

/// Takes events to the recorder and to the screen.
pub struct Watch {
    recorder: Mutex<Recorder>,
    folder: RunFolder,
    format: Format,
}

impl Watch {
    /// For the run whose recorder this is.
    pub fn new(recorder: Recorder, folder: RunFolder, format: Format) -> Self {
        Self { recorder: Mutex::new(recorder), folder, format }
    }

    /// Takes in what happened at `when`.
    pub fn take(&self, when: Instant, event: Event) {
        let timed = self.recorder().take(when, event);
        screen::show(timed.t_ms, &timed.event);
    }

    /// Masks these secrets from now on.
    pub fn mask(&self, mask: Mask) {
        self.recorder().mask(mask);
    }

    /// Where the run is recorded.
    pub fn run_folder(&self) -> Utf8PathBuf {
        self.folder.path().to_owned()
    }

    /// The record as it is now.
    pub fn record(&self) -> RunRecord {
        self.recorder().record().clone()
    }

    fn recorder(&self) -> std::sync::MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The end of a run that stopped for a person.
    fn pause(&self, next: &[String]) -> u8 {
        let code = self.end(Outcome::Manual, 0, None);
        next.iter().for_each(|line| screen::say(line));
        code
    }

    /// The end of a run that was to stop before the stack is started.
    fn keep(&self, context: &Context) -> u8 {
        let code = self.end(Outcome::Passed, 0, None);
        screen::say(&format!("  workspace   {}", context.paths.workspace));
        code
    }

    /// A leak that a step reported fails a run that is otherwise green.
    fn leak(&self) -> Option<(String, Cause)> {
        let record = self.record();
        let leak = record.leaks.first()?;
        let lines = record.leaks.iter().map(|leak| {
            format!("{}: pid {} holds {}: {}", leak.step, leak.pid, leak.holds, leak.argv.join(" "))
        });
        let summary = format!("step {} left {} processes behind", leak.step, record.leaks.len());
        let next = format!("read logs/{}.log in the run folder", leak.step);
        Some((leak.step.clone(), Cause::new(Code::Leak, summary, next).evidence(lines)))
    }

    /// The end of a run, passed or failed.
    fn finish(&self, failed: Option<(String, Cause)>, stop: &Stop) -> u8 {
        let Some((step, cause)) = failed else { return self.end(Outcome::Passed, 0, None) };
        let code = match (cause.code, stop.signal()) {
            (Code::Interrupted, Some(signal)) => 128 + signal as u8,
            _ => cause.exit_code(),
        };
        self.end(cause.outcome(), code, Some((step, cause)))
    }

    fn end(&self, outcome: Outcome, exit_code: u8, failed: Option<(String, Cause)>) -> u8 {
        let (failed_step, cause) = failed.unzip();
        self.take(Instant::now(), Event::RunFinished { outcome, exit_code, failed_step, cause });
        let record = self.record();
        screen::verdict(&record, self.folder.path().as_str());
        if self.recorder().is_broken() {
            screen::say("  the run folder could not be written to the end: is the disk full?");
        }
        if self.format == Format::Json {
            screen::print(&format!(
                "{}\n",
                serde_json::to_string_pretty(&record).unwrap_or_default()
            ));
        }
        exit_code
    }
}

/// The steps of `plan` as a record shows them before they have run.
pub fn planned(plan: &Plan) -> Vec<StepRecord> {
    let record = |step: &plan::Step| StepRecord {
        id: step.id.clone(),
        outcome: Outcome::Skipped,
        started_ms: 0,
        duration_ms: 0,
        deadline_ms: step.deadline.as_millis() as u64,
        attempts: 0,
        cached: false,
        log: None,
        cause: None,
    };
    plan.steps.iter().map(record).collect()
}

/// The profile that the arguments mean, with its plan.
pub fn read_profile(args: &SmokeArgs, source: &Utf8Path) -> Result<(Profile, Plan), Cause> {
    let invalid = |error: anyhow::Error| {
        Cause::new(
            Code::ConfigInvalid,
            format!("{error:#}"),
            "correct it, and see docs/profiles.md",
        )
    };
    let profile = profile::find(args.profile.as_deref(), source).map_err(invalid)?;
    let plan = plan::plan(&profile, args).map_err(invalid)?;
    Ok((profile, plan))
}

/// The event that a step began.
pub fn started(step: &str) -> Event {
    Event::StepStarted { step: step.to_owned(), log: format!("logs/{step}.log") }
}

/// The event that a step ended.
pub fn finished(step: &str, cause: Option<&Cause>) -> Event {
    let outcome = cause.map_or(Outcome::Passed, Cause::outcome);
    Event::StepFinished {
        step: step.to_owned(),
        outcome,
        attempts: 1,
        cached: false,
        cause: cause.cloned(),
    }
}

/// `path` seen from the current folder.
pub fn absolute(path: &Utf8Path) -> Result<Utf8PathBuf, Cause> {
    let absolute =
        std::path::absolute(path).ok().and_then(|path| Utf8PathBuf::from_path_buf(path).ok());
    absolute.ok_or_else(|| {
        Cause::new(Code::Usage, format!("{path} is no usable path"), "name another one")
    })
}

/// The environment that children get to begin with.
pub fn environment() -> Result<Environment, Cause> {
    context::inherited()
        .map_err(|error| Cause::new(Code::PrerequisiteMissing, format!("{error:#}"), "install git"))
}

/// The cause of a run that a signal ended.
fn interrupted(stop: &Stop) -> Option<Cause> {
    let signal = stop.signal()?;
    Some(Cause::new(Code::Interrupted, format!("signal {signal} ended the run"), "run it again"))
}

fn stage_id(context: &Context, stage: usize) -> String {
    format!("stage-{}", context.profile.stages[stage].name)
}

fn root(environment: &Environment) -> Result<Utf8PathBuf, Cause> {
    project::root(environment)
        .map_err(|error| Cause::new(Code::Usage, format!("{error:#}"), "change to another folder"))
}

fn unwritable(error: &anyhow::Error) -> Cause {
    Cause::new(
        Code::PrerequisiteMissing,
        format!("{error:#}"),
        "name another folder with --artifacts",
    )
}

/// What two flags together cannot mean.
fn conflict(args: &SmokeArgs) -> Option<Cause> {
    let manual = args.manual || !args.manual_stage.is_empty();
    let summary = match () {
        () if args.resume && manual => {
            "--resume goes on with the stages that the run was told to leave"
        }
        () if args.workspace.bootstrap_only && manual => "--bootstrap-only stops before any stage",
        () => return None,
    };
    Some(Cause::new(Code::Usage, summary, "leave one of the flags out"))
}

/// A failure before there is a run to record.
fn refuse(cause: &Cause) -> u8 {
    screen::say(&format!("error [{}]: {}", cause.code.as_str(), cause.summary));
    cause.evidence.iter().for_each(|line| screen::say(&format!("    | {line}")));
    screen::say(&format!("  try next    {}", cause.next));
    cause.exit_code()
}

fn show_plan(args: &SmokeArgs) -> Result<u8, Cause> {
    let environment = environment()?;
    let source = absolute(&args.source.clone().map_or_else(|| root(&environment), Ok)?)?;
    let (profile, plan) = read_profile(args, &source)?;
    let commit = git::commit(&source, &args.rev, &environment).map_err(|error| {
        Cause::new(Code::Usage, format!("{error:#}"), "name another --source or --rev")
    })?;
    screen::print(&plan::show(
        &profile,
        &plan,
        source.as_str(),
        &commit.id,
        args.format == Format::Json,
    ));
    Ok(0)
}

fn first_record(id: &str, args: &SmokeArgs) -> RunRecord {
    let none = || String::new();
    let prepare = Plan { steps: plan::prepare_only() };
    RunRecord {
        schema: SCHEMA,
        id: id.to_owned(),
        profile: args.profile.clone().unwrap_or_else(|| "embedded".into()),
        source: Source { path: none(), commit: none(), tree: none(), dirty: false },
        command: std::env::args().skip(1).collect(),
        workspace: none(),
        port: 0,
        started_at: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
        duration_ms: 0,
        outcome: Outcome::Running,
        exit_code: None,
        failed_step: None,
        cause: None,
        steps: planned(&prepare),
        stages: Vec::new(),
        env_audit: EnvAudit::default(),
        leaks: Vec::new(),
        host: Host::default(),
    }
}

/// Settings as they are saved for a resume.
pub fn save(settings: &Settings) -> Result<(), Cause> {
    settings
        .save()
        .context("save the settings")
        .map_err(|error| Cause::new(Code::Internal, format!("{error:#}"), "look at the workspace"))
}
