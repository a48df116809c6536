//! The decision what a run is to do, made once, from the command line and the profile.

use camino::Utf8Path;
use smoke_core::cause::{Cause, Code};
use smoke_core::environment::Environment;
use smoke_core::git;
use smoke_harness::faults;
use smoke_record::options::Options;
use smoke_record::plan::{self, Plan};
use smoke_record::profile::{self, NoProfile, Profile};

use crate::cli::run::RunArgs;

/// What was decided.
pub struct Decided {
    /// The profile.
    pub profile: Profile,
    /// What the run is asked to do.
    pub options: Options,
    /// How it is done.
    pub plan: Plan,
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
    let mut profile = find(args, source, environment).map_err(|error| invalid(&error, source))?;
    faults::play(args.inject.as_deref(), &mut profile);
    let mut options = args.options(profile.roles)?;
    faults::shorten(&mut options);
    let mut plan = plan::plan(&profile, &options).map_err(|error| invalid(&error, source))?;
    faults::disorder(&options, &mut plan);
    Ok(Decided { profile, options, plan })
}

fn find(args: &RunArgs, source: &Utf8Path, environment: &Environment) -> anyhow::Result<Profile> {
    let committed = |path: &str| git::show(source, &args.rev, path, environment);
    let find = if args.committed { profile::find_in_commit } else { profile::find };
    find(args.profile.as_deref(), source, &committed)
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
