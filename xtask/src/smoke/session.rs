//! A session: a run as far as one process carries it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::cause::{Cause, Code};
use smoke_core::environment::Environment;
use smoke_core::stop::Stop;
use smoke_harness::caches::passes;
use smoke_harness::context::Context;
use smoke_harness::guard::Guard;
use smoke_harness::runner::alone::{self, Ended};
use smoke_harness::runner::{self, End, thread::finished};
use smoke_harness::step::Done;
use smoke_harness::{manual, sampler};
use smoke_record::event::Event;
use smoke_record::folder::{self, RunFolder};
use smoke_record::mask::Mask;
use smoke_record::plan::Kind;
use smoke_record::recorder::Recorder;
use smoke_record::run_record::Failure;
use smoke_record::{shortage, strict};

use super::decide::Chosen;
use super::prepare::{self, Ready, Wanted};
use super::watch::Watch;
use super::{environment, first_record, root};
use crate::cli::output::OutputArgs;
use crate::cli::run::RunArgs;
use crate::cli::value::absolute;

/// A run as far as this process carries it: all of it, or what comes after a person's turn.
pub struct Session {
    /// Takes in what happens.
    pub watch: Watch,
    /// Ends what the run has started when this process is killed.
    pub guard: Arc<Guard>,
    /// What the steps share; only a run that got past `prepare` has it.
    pub ready: Result<Ready, Unprepared>,
    /// The wish to stop.
    pub stop: Stop,
}

/// What a run begins with.
pub struct Beginning {
    /// When.
    pub start: Instant,
    /// The environment that children get to begin with.
    pub environment: Environment,
    /// The repository that runs this.
    pub root: Utf8PathBuf,
    /// What it is about, if that was looked up already.
    pub chosen: Option<Chosen>,
}

impl Beginning {
    /// The one of a run that began at `start`.
    ///
    /// # Errors
    /// There is no git, or no folder to run in.
    pub fn at(start: Instant) -> Result<Self, Cause> {
        let environment = environment()?;
        let root = root(&environment)?;
        Ok(Self { start, environment, root, chosen: None })
    }
}

/// A run that did not get past `prepare`.
pub struct Unprepared {
    cause: Cause,
    /// Whether nothing is left for the guard to do.
    is_over: bool,
}

impl Session {
    /// Makes the run folder, then the workspace.
    pub fn start(args: &RunArgs, beginning: Beginning, stop: &Stop) -> Result<Self, Cause> {
        let Beginning { start, environment, root, chosen } = beginning;
        let artifacts = artifacts(&args.output)?;
        let id = folder::new_id();
        let folder = RunFolder::create(&artifacts, &id).map_err(|error| unwritable(&error))?;
        // The guard comes first: a run that is recorded as running is one that is guarded.
        let guard = Arc::new(start_guard(&id, folder.path(), &environment)?);
        let first = first_record::at_first(&id, args.profile.as_deref());
        let recorder = Recorder::start(folder.clone(), first, Mask::new(&environment), start);
        let recorder = recorder.map_err(|error| unwritable(&error))?;
        let watch = Watch::new(recorder, folder.clone(), args.output.format);
        let (args, stop) = (args.clone(), stop.clone());
        let wanted = Wanted {
            args,
            root,
            id,
            folder,
            environment,
            stop: stop.clone(),
            guard: guard.clone(),
            chosen,
        };
        let ready = begin(&watch, wanted, start, &stop);
        Ok(Self { watch, guard, ready, stop })
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

/// Runs `prepare`, and records what the run is from then on.
fn begin(watch: &Watch, wanted: Wanted, start: Instant, stop: &Stop) -> Result<Ready, Unprepared> {
    let (ended, ready) = prepare::run(wanted, start, &mut |when, event| watch.take(when, event));
    let is_over = is_over(&ended);
    let Ended { when, result, .. } = ended;
    let result = result.map_err(|cause| interrupted(stop).unwrap_or(cause));
    if let Some(Ready { context, plan, .. }) = &ready {
        watch.mask(context.mask.clone());
        let known = first_record::once_prepared(watch.record(), context, plan);
        watch.take(when, Event::RunStarted(Box::new(known)));
    }
    watch.take(when, finished(Kind::Prepare.word(), &result));
    let no_word = || Cause::new(Code::Internal, "prepare made nothing", "report it");
    ready.ok_or_else(|| Unprepared { cause: result.err().unwrap_or_else(no_word), is_over })
}

/// The exit code, and whether nothing is left for the guard to do.
type Verdict = (u8, bool);

fn carry_out(watch: &Watch, ready: Result<Ready, Unprepared>, stop: &Stop) -> Verdict {
    let Ready { context, plan, done } = match ready {
        Ok(ready) => ready,
        Err(Unprepared { cause, is_over }) => {
            let failure = Failure::new(Kind::Prepare.word(), cause);
            return (watch.finish(vec![failure], stop), is_over);
        }
    };
    let is_manual = |stage: usize| manual::waits_for(&context, stage);
    let end =
        runner::run(&plan, done, &context, &is_manual, &mut |when, event| watch.take(when, event));
    match end {
        End::Manual { stage } => {
            let id = Kind::Stage(stage).id(&context.profile);
            match manual::stop_for(&context, stage) {
                Ok(next) => {
                    watch.wait_for_a_person(&id);
                    (watch.pause(&next), true)
                }
                Err(cause) => tear_down(watch, &context, vec![Failure::new(id, cause)], stop),
            }
        }
        End::Passed if plan.of(Kind::Teardown).is_none() => (watch.keep(&context), true),
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
    let (run, Some(key)) = (&context.run, key) else { return };
    let _ = passes::remember(&passes::place(&run.cache), &run.source.tree, &key);
}

/// Everything ends the same way, whatever happened before.
fn tear_down(
    watch: &Watch,
    context: &Arc<Context>,
    mut failures: Vec<Failure>,
    stop: &Stop,
) -> Verdict {
    // What was kept once may have taken an hour to make: a refusal is no reason to delete it.
    let is_kept = !failures.is_empty() && context.run.reused;
    context.held.keep.store(is_kept, Ordering::SeqCst);
    let ended = alone::tear_down(context, &mut |when, event| watch.take(when, event));
    let ended =
        Ended { result: ended.result.and_then(|done| if_strict(watch, context, done)), ..ended };
    watch.take(ended.when, finished(Kind::Teardown.word(), &ended.result));
    // The guard would delete it too.
    let is_over = is_kept || is_over(&ended);
    failures.extend(ended.result.err().map(|cause| Failure::new(Kind::Teardown.word(), cause)));
    failures.extend(watch.leak(&failures));
    (watch.finish(failures, stop), is_over)
}

/// The teardown fails too if it made findings that a strict profile does not accept.
fn if_strict(watch: &Watch, context: &Context, done: Done) -> Result<Done, Cause> {
    let cause = strict::cause(Kind::Teardown.word(), &watch.record().findings);
    cause.filter(|_| context.profile.strict).map_or(Ok(done), Err)
}

/// Whether a step came to its end, and left nothing half done.
fn is_over(ended: &Ended) -> bool {
    let is_cut = |cause: &Cause| matches!(cause.code, Code::Deadline | Code::Internal);
    !ended.given_up && !ended.result.as_ref().is_err_and(is_cut)
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

/// The folder below which runs leave what explains them.
pub fn artifacts(output: &OutputArgs) -> Result<Utf8PathBuf, Cause> {
    match &output.artifacts {
        Some(given) => absolute(given),
        None => absolute(&root(&environment()?)?.join("target/smoke")),
    }
}

/// The cause of a run that a signal ended.
fn interrupted(stop: &Stop) -> Option<Cause> {
    let signal = stop.signal()?;
    Some(Cause::new(Code::Interrupted, format!("signal {signal} ended the run"), "run it again"))
}

/// The cause of a folder of a run that cannot be made or written.
pub fn unwritable(error: &anyhow::Error) -> Cause {
    Cause::new(
        Code::PrerequisiteMissing,
        format!("{error:#}"),
        "name another folder with --artifacts",
    )
}
