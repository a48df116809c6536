//! A session: a run as far as one process carries it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Instant, SystemTime};

use camino::Utf8Path;
use smoke_core::cause::{Cause, Code, Outcome};
use smoke_core::environment::Environment;
use smoke_core::process;
use smoke_core::stop::Stop;
use smoke_harness::caches::passes;
use smoke_harness::context::Context;
use smoke_harness::guard::Guard;
use smoke_harness::runner::{self, End};
use smoke_harness::{manual, sampler};
use smoke_record::event::Event;
use smoke_record::folder::{self, RunFolder};
use smoke_record::mask::Mask;
use smoke_record::options::SmokeArgs;
use smoke_record::plan::{self, Plan};
use smoke_record::record::{
    EnvAudit, Failure, Gateway, Host, RunRecord, SCHEMA, Source, StepRecord,
};
use smoke_record::recorder::Recorder;
use smoke_record::shortage;

use super::watch::Watch;
use super::{absolute, environment, prepare, root};

/// A run as far as this process carries it: all of it, or what comes after a person's turn.
pub struct Session {
    /// Takes in what happens.
    pub watch: Watch,
    /// Ends what the run has started when this process is killed.
    pub guard: Guard,
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
    pub fn start(args: &SmokeArgs, stop: &Stop, start: Instant) -> Result<Self, Cause> {
        let environment = environment()?;
        let root = root(&environment)?;
        let artifacts = args.artifacts.clone().unwrap_or_else(|| root.join("target/smoke"));
        let artifacts = absolute(&artifacts)?;
        let id = folder::new_id();
        let folder = RunFolder::create(&artifacts, &id).map_err(|error| unwritable(&error))?;
        // The guard comes first: a run that is recorded as running is one that is guarded.
        let guard = start_guard(&id, folder.path(), &environment)?;
        let recorder = Recorder::start(
            folder.clone(),
            first_record(&id, args),
            Mask::new(&environment),
            start,
        );
        let watch = Watch::new(recorder.map_err(|error| unwritable(&error))?, folder, args.format);
        watch.take(start, started("prepare"));
        watch.note(&format!("$ {}", std::env::args().collect::<Vec<_>>().join(" ")));
        say_what_is_unseen(&watch);
        let wanted = prepare::Wanted { args, root, id, environment, stop, guard: &guard };
        let ready = prepare::prepare(&wanted, &watch);
        Ok(Self { watch, guard, ready, stop: stop.clone() })
    }

    /// Carries out the plan and ends the run. Returns the exit code.
    pub fn run(self) -> u8 {
        let (watch, (over, end)) = (&self.watch, channel());
        let (code, is_over) = thread::scope(|scope| {
            let take = |sample| watch.take(Instant::now(), Event::Sampled(sample));
            scope.spawn(move || sampler::keep_looking(&end, &take));
            let end = carry_out(watch, self.ready, &self.stop);
            drop(over);
            end
        });
        // What the teardown did not come to is left to the guard.
        if is_over {
            self.guard.release();
        }
        code
    }
}

/// The exit code, and whether nothing is left for the guard to do.
type Ended = (u8, bool);

fn carry_out(watch: &Watch, ready: Result<Ready, Cause>, stop: &Stop) -> Ended {
    let Ready { context, plan, done } = match ready {
        Ok(ready) => ready,
        Err(cause) => {
            let cause = shortage::behind(cause, &[&watch.run_folder()]);
            let cause = interrupted(stop).unwrap_or(cause);
            watch.take(Instant::now(), finished("prepare", Some(&cause)));
            return (watch.finish(vec![Failure::new("prepare", cause)], stop), true);
        }
    };
    let manual = |stage: usize| context.waits_for_a_person(stage);
    let end =
        runner::run(&plan, done, &context, &manual, &mut |when, event| watch.take(when, event));
    match end {
        End::Manual { stage } => {
            let id = stage_id(&context, stage);
            match manual::stop_for(&context, stage) {
                Ok(next) => {
                    watch.wait_for_a_person(&id);
                    (watch.pause(&next), true)
                }
                Err(cause) => tear_down(watch, &context, vec![Failure::new(id, cause)], stop),
            }
        }
        End::Passed if plan.step("teardown").is_none() => (watch.keep(&context), true),
        End::Passed => {
            let key = passes::key::of_run(&context);
            let (code, is_over) = tear_down(watch, &context, Vec::new(), stop);
            remember(&context, key.filter(|_| code == 0));
            (code, is_over)
        }
        End::Failed(failures) => tear_down(watch, &context, failures, stop),
    }
}

/// A push of this very tree need not wait for another run. One that is not remembered does wait.
fn remember(context: &Context, key: Option<String>) {
    let (settings, Some(key)) = (&context.settings, key) else { return };
    let _ = passes::remember(&passes::place(&settings.cache), &settings.source.tree, &key);
}

/// Everything ends the same way, whatever happened before.
fn tear_down(
    watch: &Watch,
    context: &Arc<Context>,
    mut failures: Vec<Failure>,
    stop: &Stop,
) -> Ended {
    // What was kept once may have taken an hour to make: a refusal is no reason to delete it.
    let is_kept = !failures.is_empty() && context.settings.reused;
    context.keep.store(is_kept, Ordering::SeqCst);
    let result =
        runner::run_one(&plan::teardown(), context, &mut |when, event| watch.take(when, event));
    let is_cut = |cause: &Cause| matches!(cause.code, Code::Deadline | Code::Internal);
    // The guard would delete it too.
    let is_over = is_kept || !result.as_ref().is_err_and(is_cut);
    failures.extend(result.err().map(|cause| Failure::new("teardown", cause)));
    failures.extend(watch.leak(&failures));
    (watch.finish(failures, stop), is_over)
}

/// Starts the guard of a run.
pub fn start_guard(
    id: &str,
    run_folder: &Utf8Path,
    environment: &Environment,
) -> Result<Guard, Cause> {
    Guard::start(id, run_folder, environment).map_err(|error| {
        let summary = format!("cannot start the guard of the run: {error:#}");
        let cause =
            Cause::new(Code::PrerequisiteMissing, summary, "see that processes can be started");
        shortage::behind(cause, &[run_folder])
    })
}

/// The steps of `plan` as a record shows them before they have run.
pub fn planned(plan: &Plan) -> Vec<StepRecord> {
    let record = |step: &plan::Step| StepRecord {
        id: step.id.clone(),
        outcome: Outcome::Skipped,
        needs: step.needs.clone(),
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

/// The cause of a run that a signal ended.
fn interrupted(stop: &Stop) -> Option<Cause> {
    let signal = stop.signal()?;
    Some(Cause::new(Code::Interrupted, format!("signal {signal} ended the run"), "run it again"))
}

fn stage_id(context: &Context, stage: usize) -> String {
    format!("stage-{}", context.profile.stages[stage].name)
}

fn unwritable(error: &anyhow::Error) -> Cause {
    Cause::new(
        Code::PrerequisiteMissing,
        format!("{error:#}"),
        "name another folder with --artifacts",
    )
}

/// What a diagnosis lacks is missed when it is too late to ask for it.
fn say_what_is_unseen(watch: &Watch) {
    let unseen = watch.record().unseen;
    if !unseen.is_empty() {
        watch.note(&format!("cannot be seen here: {}", unseen.join(", ")));
    }
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
        causes: Vec::new(),
        steps: planned(&prepare),
        stages: Vec::new(),
        gateway: Gateway::default(),
        env_audit: EnvAudit::default(),
        leaks: Vec::new(),
        host: Host::default(),
        versions: BTreeMap::new(),
        environment: BTreeMap::new(),
        diagnoses: Vec::new(),
        unseen: process::unseen(),
    }
}
