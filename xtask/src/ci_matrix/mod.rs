//! `cargo xtask ci-matrix`: the jobs of a CI system, as JSON, from the profiles.

mod job;

use anyhow::{Result, bail};
use camino::Utf8PathBuf;
use serde_json::json;
use smoke_core::{git, project};
use smoke_record::profile::{self, Profile};
use smoke_record::screen;

use job::{AXES, Job};

/// The most jobs that a matrix of GitHub Actions may have.
const MOST: usize = 256;

/// Arguments of `ci-matrix`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// A built-in profile, or the path of one; can be given more than once [default: as for smoke]
    #[arg(long, value_name = "NAME|FILE")]
    pub profile: Vec<String>,
    /// The repository that is tested [default: the one that runs this]
    #[arg(long, value_name = "DIR")]
    pub source: Option<Utf8PathBuf>,
    /// Only jobs with this value, such as supervisor=pm2; of more, all have to fit
    #[arg(long, value_name = "AXIS=VALUE")]
    pub only: Vec<String>,
}

/// Prints `{"include":[…]}` on one line. Returns the exit code.
///
/// # Errors
/// A profile is invalid, no job is left, or there are more than a matrix can have.
pub fn print(args: &Args) -> Result<u8> {
    let mut jobs: Vec<Job> =
        profiles(args)?.iter().flat_map(|(name, p)| job::of(name, p)).collect();
    let all = jobs.clone();
    for only in &args.only {
        let (axis, value) = condition(only)?;
        jobs.retain(|job| job.get(axis) == value);
    }
    if jobs.is_empty() {
        bail!("no job fits --only {}; there are\n{}", args.only.join(" --only "), listed(&all));
    }
    if jobs.len() > MOST {
        bail!("{} jobs, and a matrix has at most {MOST}; narrow them with --only", jobs.len());
    }
    screen::print(&format!("{}\n", json!({ "include": jobs })));
    Ok(0)
}

fn condition(only: &str) -> Result<(&str, &str)> {
    let (axis, value) = only.split_once('=').unwrap_or((only, ""));
    if !AXES.contains(&axis) || value.is_empty() && !only.ends_with('=') {
        bail!("--only {only} is no AXIS=VALUE; the axes are {}", AXES.join(", "));
    }
    Ok((axis, value))
}

/// The values of each axis.
fn listed(jobs: &[Job]) -> String {
    let line = |axis: &&str| {
        let values = jobs.iter().map(|job| job.get(axis)).filter(|value| !value.is_empty());
        let mut values: Vec<&str> = values.collect();
        values.sort_unstable();
        values.dedup();
        (!values.is_empty()).then(|| format!("  {axis}: {}", values.join(", ")))
    };
    AXES.iter().filter_map(line).collect::<Vec<_>>().join("\n")
}

/// The profiles with the names by which `--profile` finds each.
fn profiles(args: &Args) -> Result<Vec<(String, Profile)>> {
    let environment = project::inherited()?;
    let source = args.source.clone().map_or_else(|| project::root(&environment), Ok)?;
    let committed = |path: &str| git::show(&source, "HEAD", path, &environment);
    let find = |wanted: Option<&str>| profile::find(wanted, &source, &committed);
    if args.profile.is_empty() {
        let profile = find(None)?;
        let name = if profile.path.is_absolute() { "" } else { profile.name.as_str() };
        return Ok(vec![(name.to_owned(), profile.clone())]);
    }
    args.profile.iter().map(|name| Ok((name.clone(), find(Some(name))?))).collect()
}
