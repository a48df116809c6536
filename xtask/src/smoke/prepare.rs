//! `prepare`: what is tested, where, and on which port.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::cause::{Cause, Code, Outcome};
use smoke_core::environment::Environment;
use smoke_core::stop::Stop;
use smoke_core::{git, project, threads};
use smoke_harness::context::Context;
use smoke_harness::faults::{self, leftover};
use smoke_harness::guard::Guard;
use smoke_harness::pm2::home;
use smoke_harness::roles::supervisor;
use smoke_harness::steps::clone;
use smoke_harness::{cleanup, port, system};
use smoke_record::event::Event;
use smoke_record::folder::private_folder;
use smoke_record::options::{Roles, SmokeArgs, SupervisorKind};
use smoke_record::plan::{Kind, Plan};
use smoke_record::profile::{self, Profile};
use smoke_record::record::{RunRecord, Source};
use smoke_record::settings::Settings;
use smoke_record::workspace::paths::Paths;
use smoke_record::workspace::{
    Existing, Marker, Workspace, all_in, is_marked, remove_abandoned, usual_place,
};
use smoke_record::{screen, surroundings};

use super::session::{Ready, finished, planned};
use super::watch::Watch;
use super::{absolute, read_profile, source};

/// What a run is asked to do, by whom and where.
pub struct Wanted<'a> {
    /// The arguments.
    pub args: &'a SmokeArgs,
    /// The repository that runs this.
    pub root: Utf8PathBuf,
    /// The run's id.
    pub id: String,
    /// The environment that children get to begin with.
    pub environment: Environment,
    /// The wish to stop.
    pub stop: &'a Stop,
    /// Ends what the run has started when it is killed.
    pub guard: &'a Guard,
}

/// Decides everything that the steps need to know.
///
/// # Errors
/// Wrong usage, an invalid profile, or a machine that lacks something.
pub fn prepare(wanted: &Wanted, watch: &Watch) -> Result<Ready, Cause> {
    let args = wanted.args;
    let source = root_of(source::folder(args.source.as_ref().unwrap_or(&wanted.root))?, wanted);
    let commit = commit(wanted, &source)?;
    let read = || read_profile(args, &source, &wanted.environment);
    let (changes, read) = threads::both(|| changes(wanted, &source), read);
    let (of_profile, changes): (Vec<_>, Vec<_>) =
        changes.into_iter().partition(|change| args.profile.is_none() && is_of_profile(change));
    say_what_is_not_tested(watch, &source, changes.len());
    if !of_profile.is_empty() {
        remark(watch, format!("{} is used as it is, and not committed", source.join(profile::OWN)));
    }
    let (profile, plan) = read?;
    let tested = Source {
        path: source.to_string(),
        commit: commit.id,
        tree: commit.tree,
        dirty: !changes.is_empty(),
    };
    sweep_dead_runs(watch);
    let (workspace, reused) = make_workspace(wanted, watch.run_folder())?;
    let path = workspace.path().to_owned();
    let place = Place { workspace, reused, run_folder: watch.run_folder() };
    let context = move_in(wanted, tested, &profile, &plan, place);
    wanted.guard.folder(&Paths::of(&path).codex_home);
    let context = context.inspect_err(|_| discard(&path, reused))?;
    watch.mask(context.mask.clone());
    watch.take(Instant::now(), Event::RunStarted(Box::new(record(watch, &context, &plan))));
    watch.take(Instant::now(), finished("prepare", None));
    let done = BTreeSet::from(["prepare".to_owned()]);
    Ok(Ready { context: Arc::new(context), plan, done })
}

/// Where a run is.
struct Place {
    workspace: Workspace,
    reused: bool,
    run_folder: Utf8PathBuf,
}

/// Leases a port and puts together what the steps need to know.
fn move_in(
    wanted: &Wanted,
    source: Source,
    profile: &Profile,
    plan: &Plan,
    place: Place,
) -> Result<Context, Cause> {
    let args = wanted.args;
    let Place { workspace, reused, run_folder } = place;
    let mut also = workspace.marker().also;
    let pm2_home = match Roles::of(args, profile).supervisor {
        SupervisorKind::Pm2 => Some(home::choose(workspace.path(), &also)?),
        SupervisorKind::Embedded => None,
    };
    // It is noted before it is made, so that whoever is killed in between leaves nothing unknown.
    also.extend(pm2_home.clone().filter(|home| home::is_outside(home)));
    also.sort();
    also.dedup();
    let lease = port::lease(args.parts.port)?;
    let port = lease.port;
    let marker = Marker { run: wanted.id.clone(), port, run_folder: run_folder.clone(), also };
    workspace.write_marker(&marker).map_err(|error| {
        Cause::new(Code::PrerequisiteMissing, format!("{error:#}"), "free some space")
    })?;
    let settings = Settings {
        id: wanted.id.clone(),
        args: with_interpreter(args)?,
        source,
        profile_path: profile.path.clone(),
        profile_text: profile.text.clone(),
        workspace: workspace.path().to_owned(),
        pm2_home,
        reused,
        run_folder,
        cache: project::target(&wanted.root).join("smoke"),
        gateway_commit: gateway_commit(wanted, profile),
        port,
        call_log_offset: 0,
        waiting_for: stages_for_a_person(args, profile),
    };
    let mut context = Context::new(settings, workspace, wanted.guard.pid(), wanted.stop.clone())?;
    context.lease = Some(lease);
    make_folders(&context)?;
    if plan.steps.iter().any(|step| step.kind == Kind::Daemon) {
        supervisor::look_for_pm2(&context)?;
    }
    if args.capture_diag_logs {
        system::capture(&context, "before")?;
    }
    Ok(context)
}

/// The arguments with an interpreter that means the same in every folder.
fn with_interpreter(args: &SmokeArgs) -> Result<SmokeArgs, Cause> {
    let mut args = args.clone();
    if let Some(path) = &args.parts.python_bin {
        let path = absolute(path)?;
        if !path.exists() {
            let summary = format!("--python-bin {path}: there is no such file");
            return Err(Cause::new(Code::Usage, summary, "name another interpreter"));
        }
        args.parts.python_bin = Some(path);
    }
    Ok(args)
}

/// The commit of a gateway that is cloned from a folder of this machine.
fn gateway_commit(wanted: &Wanted, profile: &Profile) -> Option<String> {
    let spec = profile.gateway.clone.as_ref()?;
    let source = clone::gateway_source(spec, wanted.args, &wanted.environment).ok()?;
    let path = Utf8Path::new(&source);
    let commit = path.is_dir().then(|| git::commit(path, "HEAD", &wanted.environment))?;
    commit.ok().map(|commit| commit.id)
}

/// A workspace that was made for a run which cannot start is of no use to anyone.
fn discard(path: &Utf8Path, reused: bool) {
    if !reused && let Ok(workspace) = Workspace::open(path) {
        let _ = workspace.remove();
    }
}

/// A folder in a work tree means the repository; a bare one has no work tree.
fn root_of(source: Utf8PathBuf, wanted: &Wanted) -> Utf8PathBuf {
    git::top_level(&source, &wanted.environment).unwrap_or(source)
}

fn stages_for_a_person(args: &SmokeArgs, profile: &Profile) -> Vec<String> {
    if args.manual {
        return profile.stages.iter().map(|stage| stage.name.clone()).collect();
    }
    args.manual_stage.clone()
}

/// The commit to test.
fn commit(wanted: &Wanted, source: &Utf8Path) -> Result<git::Commit, Cause> {
    git::commit(source, &wanted.args.rev, &wanted.environment).map_err(|error| {
        Cause::new(Code::Usage, format!("{error:#}"), "name another --source or --rev")
    })
}

/// What is not committed in the source. What is pushed are commits, and whoever pushes knows that.
fn changes(wanted: &Wanted, source: &Utf8Path) -> Vec<String> {
    match wanted.args.committed {
        true => Vec::new(),
        false => git::changes(source, &wanted.environment).unwrap_or_default(),
    }
}

/// What is not committed is not tested, which is easily forgotten.
fn say_what_is_not_tested(watch: &Watch, source: &Utf8Path, changes: usize) {
    if changes > 0 {
        let changes = screen::count(changes, "change");
        remark(watch, format!("{source} has {changes} not committed, and so not tested"));
    }
}

/// Whether a change is one of the source's profile, which is read from the work tree.
fn is_of_profile(change: &str) -> bool {
    change.get(3..) == Some(profile::OWN)
}

fn remark(watch: &Watch, text: String) {
    watch.take(Instant::now(), Event::Remark { text });
}

/// The guard is told of it as soon as it may delete it.
fn make_workspace(run: &Wanted, run_folder: Utf8PathBuf) -> Result<(Workspace, bool), Cause> {
    let wanted = &run.args.workspace;
    let marker = Marker { run: run.id.clone(), run_folder, ..Marker::default() };
    let tell_guard = |path: &Utf8Path| {
        if !wanted.keep_workspace {
            run.guard.workspace(path);
        }
    };
    let Some(path) = &wanted.workspace else {
        let made = Workspace::create_in(&usual_place(), &marker, &tell_guard)?;
        if faults::plays(run.args, "second-run") {
            let second = Workspace::open(made.path());
            let _ = made.remove();
            return second.map(|workspace| (workspace, true));
        }
        return Ok((made, false));
    };
    if wanted.skip_bootstrap && !is_marked(path) {
        let summary =
            format!("--skip-bootstrap needs a workspace that was kept, and {path} is none");
        return Err(Cause::new(Code::Usage, summary, "run it with --keep-workspace first"));
    }
    let replace = wanted.no_reuse_workspace || wanted.force_workspace;
    let existing = if replace { Existing::Replace } else { Existing::Reuse };
    // Its stack ends also where it is deleted: nobody could find it any more.
    let take_over = |found: &Workspace| {
        if existing == Existing::Reuse {
            cleanup::refuse_waiting(found)?;
        }
        cleanup::end_stack(found)?;
        cleanup::mark_left(&found.marker());
        Ok(())
    };
    let (workspace, reused) = Workspace::at(&absolute(path)?, existing, &marker, &take_over)?;
    tell_guard(workspace.path());
    Ok((workspace, reused))
}

/// A run that ended without its teardown, as by a power cut, left a workspace that nobody locks.
///
/// The record of such a run says so last: as long as it says that the run goes on, the next start
/// knows what to do.
fn sweep_dead_runs(watch: &Watch) {
    let place = usual_place();
    for path in all_in(&place) {
        if let Some(text) = cleanup::remove_if_dead(&path) {
            remark(watch, text);
        }
    }
    remove_abandoned(&place);
    cleanup::mark_dead_records(&watch.run_folder());
}

fn make_folders(context: &Context) -> Result<(), Cause> {
    let next = "free some space, or set TMPDIR to another disk";
    let cannot = |folder: &Utf8Path, error: std::io::Error| {
        Cause::new(Code::PrerequisiteMissing, format!("cannot make {folder}: {error}"), next)
    };
    for folder in context.paths.folders() {
        private_folder(folder).map_err(|error| cannot(folder, error))?;
    }
    let pm2_home = &context.paths.pm2_home;
    home::make(pm2_home).map_err(|error| cannot(pm2_home, error))?;
    if faults::plays(&context.settings.args, "agent-leftover") {
        let transcripts = &context.paths.transcripts;
        leftover::leave(&context.profile, transcripts)
            .map_err(|error| cannot(transcripts, error))?;
    }
    // A transcript of an earlier run would be taken for one of this run.
    for entry in context.paths.transcripts.read_dir_utf8().into_iter().flatten().flatten() {
        let _ = fs::remove_file(entry.path());
    }
    Ok(())
}

/// What is known now, with the steps of the plan.
fn record(watch: &Watch, context: &Context, plan: &Plan) -> RunRecord {
    let known = watch.record();
    let mut steps = planned(plan);
    for step in &mut steps {
        if let Some(begun) = known.steps.iter().find(|begun| begun.id == step.id) {
            *step = begun.clone();
        }
    }
    RunRecord {
        profile: context.profile.name.clone(),
        source: context.settings.source.clone(),
        workspace: context.paths.workspace.to_string(),
        port: context.settings.port,
        outcome: Outcome::Running,
        steps,
        environment: surroundings::recorded(&context.environment),
        ..known
    }
}
