//! `smoke`: the main job, from the arguments to the exit code.

mod agents;
pub mod decide;
mod first_profile;
mod first_record;
mod prepare;
mod repeat;
mod resume;
mod session;
mod watch;

use std::time::Instant;

use camino::Utf8PathBuf;
use rustix::fs::Mode;
use smoke_core::bound::Bound;
use smoke_core::cause::{Cause, Code};
use smoke_core::environment::Environment;
use smoke_core::process::before::Before;
use smoke_core::process::{self, orphans};
use smoke_core::stop::Stop;
use smoke_core::{git, project, signals};
use smoke_harness::{cleanup, faults, missing};
use smoke_record::options::Manual;
use smoke_record::plan::show;
use smoke_record::{screen, shortage};

use crate::cli::output::Format;
use crate::cli::run::RunArgs;
use crate::cli::smoke::SmokeArgs;
use decide::{Decided, decide};
use session::{Beginning, Session};

/// What `--inject` is given to list the faults.
const LIST: &str = "list";

/// Runs a smoke test, or does what other flags ask for instead. Returns the exit code.
pub fn smoke(args: &SmokeArgs) -> u8 {
    let start = Instant::now();
    let SmokeArgs { run, instead } = args;
    if let Some(cause) = conflict(args) {
        return refuse(&cause);
    }
    if instead.cleanup_only {
        if let Some(cause) = blind() {
            return refuse(&cause);
        }
        return cleanup::clean_up(run.workspace.workspace.as_deref());
    }
    if run.inject.as_deref() == Some(LIST) {
        screen::print(&faults::list());
        return 0;
    }
    let first = match instead.init.then(|| first_profile::write(args)).transpose() {
        Ok(first) => first,
        Err(cause) => return refuse(&cause),
    };
    if let Some((written, root)) = first.as_ref().filter(|(one, _)| instead.no_try || !one.is_git) {
        return first_profile::leave(written, root);
    }
    if instead.plan_only {
        return show_plan(run).map_or_else(|cause| refuse(&cause), |()| 0);
    }
    Before::now().keep_apart();
    if let Some(cause) = surroundings() {
        return refuse(&cause);
    }
    orphans::adopt();
    // Whatever the run and its children write is its owner's alone.
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    let stop = Stop::default();
    if let Err(error) = signals::install(&stop) {
        return refuse(&Cause::new(Code::Internal, format!("{error:#}"), "run it again"));
    }
    screen::begin(run.output.level());
    if let Some((written, root)) = first {
        return first_profile::attempt(run, written, &root, &stop);
    }
    carry_out(args, &stop, start).unwrap_or_else(|cause| refuse(&cause))
}

/// The runs that are asked for: one, one with each of several agents, or one again and again. Returns the
/// exit code.
fn carry_out(args: &SmokeArgs, stop: &Stop, start: Instant) -> Result<u8, Cause> {
    let SmokeArgs { run, instead } = args;
    let mut beginning = Beginning::at(start)?;
    if let Some(all) = agents::several(run, &mut beginning) {
        return Ok(agents::run(args, &all, stop));
    }
    if instead.repeat.is_some() || instead.until_fail {
        return Ok(repeat::repeat(args, stop, start));
    }
    let session = match instead.resume {
        true => resume::open(run, stop),
        false => Session::start(run, beginning, stop),
    };
    session.map(Session::run)
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

/// What two flags together cannot mean, or one alone.
fn conflict(args: &SmokeArgs) -> Option<Cause> {
    let SmokeArgs { run, instead } = args;
    let fault = run.inject.as_deref().filter(|name| *name != LIST);
    if let Some(summary) = fault.and_then(|name| faults::find(name).err()) {
        return Some(Cause::new(Code::Usage, summary, "cargo xtask smoke --inject list"));
    }
    let manual = run.manual.stages() != Manual::None;
    let summary = match () {
        () if instead.resume && manual => {
            "--resume goes on with the stages that the run was told to leave"
        }
        () if run.workspace.bootstrap_only && manual => "--bootstrap-only stops before any stage",
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

fn show_plan(args: &RunArgs) -> Result<(), Cause> {
    let environment = environment()?;
    let source = source_of(args, &environment)?;
    let commit =
        git::commit(&source, &args.rev, &environment, &Bound::usual()).map_err(|error| {
            Cause::new(Code::Usage, format!("{error:#}"), "name another --source or --rev")
        })?;
    let Decided { profile, plan, .. } = decide(args, &source, &environment)?;
    let show = match args.output.format {
        Format::Human => show::text,
        Format::Json => show::json,
    };
    screen::print(&show(&profile, &plan, source.as_str(), &commit.id));
    Ok(())
}

/// The folder that is named, else the repository that runs this.
fn source_of(args: &RunArgs, environment: &Environment) -> Result<Utf8PathBuf, Cause> {
    prepare::source::folder(&args.source.clone().map_or_else(|| root(environment), Ok)?)
}
