//! `prepare`: what is tested, where, and on which port.

mod place;
pub mod source;
pub mod tested;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Instant;

use camino::Utf8PathBuf;
use smoke_core::cause::Cause;
use smoke_core::environment::Environment;
use smoke_core::stop::Stop;
use smoke_core::threads;
use smoke_harness::context::Context;
use smoke_harness::guard::Guard;
use smoke_harness::runner::Listener;
use smoke_harness::runner::alone::{self, Ended};
use smoke_harness::runner::thread::{Leniency, Setting, Work};
use smoke_harness::step::diagnosis::Subject;
use smoke_harness::step::{Done, Step};
use smoke_harness::versions::Asked;
use smoke_record::folder::RunFolder;
use smoke_record::mask::Mask;
use smoke_record::plan::{self, Kind, Plan};
use smoke_record::shortage;
use smoke_record::workspace::paths::Paths;

use super::decide::{Chosen, Decided, decide, decide_with};
use crate::cli::run::RunArgs;
use place::Place;

/// What a run is asked to do, by whom and where.
#[derive(Clone)]
pub struct Wanted {
    /// The arguments.
    pub args: RunArgs,
    /// The repository that runs this.
    pub root: Utf8PathBuf,
    /// The run's id.
    pub id: String,
    /// The run folder.
    pub folder: RunFolder,
    /// The environment that children get to begin with.
    pub environment: Environment,
    /// The wish to stop.
    pub stop: Stop,
    /// Ends what the run has started when it is killed.
    pub guard: Arc<Guard>,
    /// What it is about, if that was looked up already.
    pub chosen: Option<Chosen>,
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

/// Runs the step, as if it had begun at `start`. What it has made is returned if it passed.
pub fn run(wanted: Wanted, start: Instant, listener: Listener) -> (Ended, Option<Ready>) {
    let (hand_over, made) = channel();
    let setting = setting(&wanted);
    let folder = wanted.folder.clone();
    let work = Work {
        perform: Box::new(move |step| {
            step.is_logged()?;
            let _ = hand_over.send(prepare(&wanted, step)?);
            Ok(Done::ONCE)
        }),
        explain: Box::new(move |cause| shortage::behind(cause, &[folder.path()])),
    };
    let ended = alone::run(&plan::prepare(), start, &setting, work, listener);
    let ready = made.try_recv().ok().filter(|_| ended.result.is_ok());
    (ended, ready)
}

/// There is no workspace yet, and nothing that could stall in it.
fn setting(wanted: &Wanted) -> Setting {
    let none = Utf8PathBuf::new();
    Setting {
        folder: wanted.folder.clone(),
        mask: Mask::new(&wanted.environment),
        subject: Subject {
            run: wanted.id.clone(),
            port: 0,
            guard: wanted.guard.pid(),
            run_folder: wanted.folder.path().to_owned(),
            workspace: none.clone(),
            logs: none.clone(),
            pm2_home: none,
        },
        versions: Asked::default(),
        heartbeat: None,
        stop: wanted.stop.clone(),
        leniency: Leniency::NONE,
    }
}

/// The repository, and what is to be done with it. One without the commit has no profile either, and is told
/// for the first.
fn decided(wanted: &Wanted, step: &Step) -> Result<(Utf8PathBuf, Decided), Cause> {
    let Wanted { args, root, environment, .. } = wanted;
    let (source, decided) = match wanted.chosen.clone() {
        Some(Chosen { source, profile }) => (source.clone(), decide_with(args, profile, &source)),
        None => {
            let source = tested::repository(args, root, environment)?;
            (source.clone(), decide(args, &source, environment))
        }
    };
    let decided = decided.or_else(|cause| tested::commit(wanted, step, &source).and(Err(cause)))?;
    Ok((source, decided))
}

/// Decides everything that the steps need to know.
fn prepare(wanted: &Wanted, step: &Step) -> Result<Ready, Cause> {
    step.log(&format!("$ {}", std::env::args().collect::<Vec<_>>().join(" ")));
    tested::say_what_is_unseen(step);
    let (source, decided) = decided(wanted, step)?;
    decided.plan.of(Kind::Prepare).into_iter().for_each(|own| step.allow(own.deadline));
    // The changes have a part of the deadline, which is known only now.
    let look = || tested::changes(wanted, step, &source);
    let (changes, commit) = threads::both(look, || tested::commit(wanted, step, &source));
    let commit = commit?;
    if step.stop().is_set() {
        return Err(step.interrupted());
    }
    place::sweep_dead_runs(step, wanted.folder.path());
    let dirty = tested::say_what_is_not_tested(wanted, step, &source, &changes);
    let place = Place::make(wanted, &decided.options)?;
    let path = place.workspace.path().to_owned();
    let (reused, plan) = (place.reused, decided.plan.clone());
    let context = place.move_in(wanted, tested::source(&source, commit, dirty), decided);
    Paths::of(&path).homes().into_iter().for_each(|home| wanted.guard.folder(home));
    let context = context.inspect_err(|_| place::discard(&path, reused))?;
    let done = BTreeSet::from([Kind::Prepare.word().to_owned()]);
    Ok(Ready { context: Arc::new(context), plan, done })
}
