//! The decision what a run is to do, made once, from the command line and the profile.

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::cause::{Cause, Code};
use smoke_core::environment::Environment;
use smoke_core::git;
use smoke_harness::faults::{self, OtherRun};
use smoke_record::options::Options;
use smoke_record::plan::{self, Plan};
use smoke_record::profile::{self, NoProfile, Profile};

use super::prepare::tested;
use crate::cli::run::RunArgs;

/// What was decided.
pub struct Decided {
    /// The profile.
    pub profile: Profile,
    /// What the run is asked to do.
    pub options: Options,
    /// How it is done.
    pub plan: Plan,
    /// The run that a fault puts in its way, for as long as this is kept.
    _other_run: Option<OtherRun>,
}

/// The repository that a run is about, and its profile.
#[derive(Clone)]
pub struct Chosen {
    /// The root of its work tree; the repository itself, if it is a bare one.
    pub source: Utf8PathBuf,
    /// The profile.
    pub profile: Profile,
}

impl Chosen {
    /// Those that a run with these arguments would have.
    ///
    /// # Errors
    /// There is no profile, or it is invalid.
    pub fn by(args: &RunArgs, root: &Utf8Path, environment: &Environment) -> Result<Self, Cause> {
        let source = tested::repository(args, root, environment)?;
        let profile = profile_for(args, &source, environment)?;
        Ok(Self { source, profile })
    }
}

/// Finds the profile for `source`, and decides what is to be done with it.
///
/// # Errors
/// There is no profile, it is invalid, or it has nothing that the arguments ask for.
pub fn decide(
    args: &RunArgs,
    source: &Utf8Path,
    environment: &Environment,
) -> Result<Decided, Cause> {
    decide_with(args, profile_for(args, source, environment)?, source)
}

/// The same with the profile, which was found.
///
/// # Errors
/// It has nothing that the arguments ask for.
pub fn decide_with(args: &RunArgs, profile: Profile, source: &Utf8Path) -> Result<Decided, Cause> {
    let options = args.options(profile.roles)?;
    Decided::new(profile, options).map_err(|error| invalid(&error, source))
}

impl Decided {
    /// What these options ask for, planned with the fault that they name, if they name one.
    ///
    /// # Errors
    /// The profile has nothing that the options ask for.
    pub fn new(mut profile: Profile, mut options: Options) -> anyhow::Result<Self> {
        let (plan, other_run) = match options.fault.clone() {
            Some(fault) => faults::plan(&fault, &mut profile, &mut options)?,
            None => (plan::plan(&profile, &options)?, None),
        };
        Ok(Self { profile, options, plan, _other_run: other_run })
    }
}

fn profile_for(
    args: &RunArgs,
    source: &Utf8Path,
    environment: &Environment,
) -> Result<Profile, Cause> {
    let committed = |path: &str| git::show(source, &args.rev, path, environment);
    let find = if args.committed { profile::find_in_commit } else { profile::find };
    find(args.profile.as_deref(), source, &committed).map_err(|error| invalid(&error, source))
}

fn invalid(error: &anyhow::Error, source: &Utf8Path) -> Cause {
    let next = match error.downcast_ref::<NoProfile>() {
        Some(_) => {
            format!("cargo xtask smoke --init --source {source}, or name one with --profile")
        }
        None => "correct it, and see docs/profiles.md".to_owned(),
    };
    Cause::new(Code::ConfigInvalid, format!("{error:#}"), next)
}
