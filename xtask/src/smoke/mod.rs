//! `smoke`: the main job, from the arguments to the exit code.

mod prepare;
mod repeat;
mod resume;
mod session;
mod source;
mod watch;

use std::time::Instant;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use rustix::fs::Mode;
use smoke_core::cause::{Cause, Code};
use smoke_core::environment::Environment;
use smoke_core::process::{self, orphans};
use smoke_core::stop::Stop;
use smoke_core::{git, project, signals};
use smoke_harness::{cleanup, faults, missing};
use smoke_record::options::{Format, SmokeArgs};
use smoke_record::plan::{self, Plan};
use smoke_record::profile::{self, NoProfile, Profile};
use smoke_record::{screen, shortage};

use crate::init;
use session::Session;

/// Runs a smoke test, or does what other flags ask for instead. Returns the exit code.
pub fn smoke(args: &SmokeArgs) -> u8 {
    let start = Instant::now();
    if let Some(cause) = conflict(args) {
        return refuse(&cause);
    }
    if args.workspace.cleanup_only {
        if let Some(cause) = blind() {
            return refuse(&cause);
        }
        return cleanup::clean_up(args.workspace.workspace.as_deref());
    }
    if args.inject.as_deref() == Some("list") {
        screen::print(&faults::list());
        return 0;
    }
    if args.init {
        return write_profile(args).map_or_else(|cause| refuse(&cause), |()| 0);
    }
    if args.plan_only {
        return show_plan(args).unwrap_or_else(|cause| refuse(&cause));
    }
    if let Some(cause) = surroundings() {
        return refuse(&cause);
    }
    orphans::adopt();
    // Whatever the run and its children write is its owner's alone.
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    let mut args = args.clone();
    faults::shorten(&mut args);
    let args = &args;
    let stop = Stop::default();
    if let Err(error) = signals::install(&stop) {
        return refuse(&Cause::new(Code::Internal, format!("{error:#}"), "run it again"));
    }
    screen::begin(args.level());
    if args.repeat.is_some() || args.until_fail {
        return repeat::repeat(args, &stop, start);
    }
    let session =
        if args.resume { resume::open(args, &stop) } else { Session::start(args, &stop, start) };
    session.map_or_else(|cause| refuse(&cause), Session::run)
}

/// The profile that the arguments mean, with its plan.
pub fn read_profile(
    args: &SmokeArgs,
    source: &Utf8Path,
    environment: &Environment,
) -> Result<(Profile, Plan), Cause> {
    let invalid = |error: anyhow::Error| {
        let next = match error.downcast_ref::<NoProfile>() {
            Some(_) => {
                format!("cargo xtask smoke --init --source {source}, or name one with --profile")
            }
            None => "correct it, and see docs/profiles.md".to_owned(),
        };
        Cause::new(Code::ConfigInvalid, format!("{error:#}"), next)
    };
    let committed = |path: &str| git::show(source, &args.rev, path, environment);
    let find = if args.committed { profile::find_in_commit } else { profile::find };
    let mut profile = find(args.profile.as_deref(), source, &committed).map_err(invalid)?;
    faults::play(args, &mut profile);
    let mut plan = plan::plan(&profile, args).map_err(invalid)?;
    faults::disorder(args, &mut plan);
    Ok((profile, plan))
}

/// `path` seen from the current folder.
pub fn absolute(path: &Utf8Path) -> Result<Utf8PathBuf, Cause> {
    // Where `..` leads is only known of what is there, and what it leads to reads better than it does.
    let climbs = path.components().any(|part| part == Utf8Component::ParentDir);
    if let Some(found) = path.canonicalize_utf8().ok().filter(|_| climbs) {
        return Ok(found);
    }
    let absolute =
        std::path::absolute(path).ok().and_then(|path| Utf8PathBuf::from_path_buf(path).ok());
    absolute.ok_or_else(|| {
        Cause::new(Code::Usage, format!("{path} is no usable path"), "name another one")
    })
}

/// The environment that children get to begin with.
///
/// # Errors
/// There is no git.
pub fn environment() -> Result<Environment, Cause> {
    project::inherited().map_err(|error| missing::git(&error))
}

/// The repository that runs this.
fn root(environment: &Environment) -> Result<Utf8PathBuf, Cause> {
    project::root(environment)
        .map_err(|error| Cause::new(Code::Usage, format!("{error:#}"), "change to another folder"))
}

/// What two flags together cannot mean.
fn conflict(args: &SmokeArgs) -> Option<Cause> {
    let manual = args.manual || !args.manual_stage.is_empty();
    let summary = match () {
        () if args.resume && manual => {
            "--resume goes on with the stages that the run was told to leave"
        }
        () if args
            .inject
            .as_deref()
            .is_some_and(|name| name != "list" && faults::find(name).is_err()) =>
        {
            let summary = faults::find(args.inject.as_deref().unwrap_or_default()).err();
            let next = "cargo xtask smoke --inject list";
            return Some(Cause::new(Code::Usage, summary.unwrap_or_default(), next));
        }
        () if args.workspace.bootstrap_only && manual => "--bootstrap-only stops before any stage",
        () => return None,
    };
    Some(Cause::new(Code::Usage, summary, "leave one of the flags out"))
}

/// What a run cannot do without, and where it could be missing.
fn surroundings() -> Option<Cause> {
    if std::env::current_dir().is_err() {
        let summary = "the current folder is gone, or may not be looked at";
        return Some(Cause::new(Code::Usage, summary, "change to another folder"));
    }
    blind()
}

/// Where processes cannot be seen, none of a run could be ended.
fn blind() -> Option<Cause> {
    let summary = "no process can be seen here, so that nothing that a run starts could be ended";
    let next = "mount /proc, as with mount -t proc proc /proc";
    (!process::can_be_seen()).then(|| Cause::new(Code::PrerequisiteMissing, summary, next))
}

/// A failure before there is a run to record.
pub fn refuse(cause: &Cause) -> u8 {
    let cause = shortage::behind(cause.clone(), &[]);
    screen::say(&format!("error [{}]: {}", cause.code.as_str(), cause.summary));
    cause.evidence.iter().for_each(|line| screen::say(&format!("    | {line}")));
    screen::say(&format!("  try next    {}", cause.next));
    cause.exit_code()
}

fn write_profile(args: &SmokeArgs) -> Result<(), Cause> {
    let environment = environment()?;
    let source = source::folder(&args.source.clone().map_or_else(|| root(&environment), Ok)?)?;
    init::init(&git::top_level(&source, &environment).unwrap_or(source), &environment)
}

fn show_plan(args: &SmokeArgs) -> Result<u8, Cause> {
    let environment = environment()?;
    let source = source::folder(&args.source.clone().map_or_else(|| root(&environment), Ok)?)?;
    let commit = git::commit(&source, &args.rev, &environment).map_err(|error| {
        Cause::new(Code::Usage, format!("{error:#}"), "name another --source or --rev")
    })?;
    let (profile, plan) = read_profile(args, &source, &environment)?;
    screen::print(&plan::show(
        &profile,
        &plan,
        source.as_str(),
        &commit.id,
        args.format == Format::Json,
    ));
    Ok(0)
}
