//! `cargo xtask doctor`: what this machine lacks for a run, and how to get it.

mod finding;
mod limits;
mod login;
mod needs;
mod place;
mod programs;

use std::sync::Mutex;
use std::thread;

use camino::Utf8PathBuf;
use clap::Parser;
use smoke_core::cause::Cause;
use smoke_core::environment::Environment;
use smoke_core::{git, process, project};
use smoke_record::options::{AgentKind, Format, ModelKind, SmokeArgs, SupervisorKind};
use smoke_record::screen;

use crate::cli::{Cli, Command};
use crate::smoke::{self, absolute};
use finding::{Finding, Status};
use needs::Needs;

/// Arguments of `doctor`: those of `smoke` that change what a run needs.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// A built-in profile, or the path of a profile [default: as for smoke]
    #[arg(long, value_name = "NAME|FILE")]
    pub profile: Option<String>,
    /// The repository that would be cloned [default: the one that runs this]
    #[arg(long, value_name = "DIR")]
    pub source: Option<Utf8PathBuf>,
    /// What would keep the gateway running [default: the profile's, else embedded]
    #[arg(long, value_enum)]
    pub supervisor: Option<SupervisorKind>,
    /// Who would make the stages' calls [default: the profile's, else scripted]
    #[arg(long, value_enum)]
    pub agent: Option<AgentKind>,
    /// Who would answer the Codex CLI [default: the profile's, else live]
    #[arg(long, value_enum)]
    pub model: Option<ModelKind>,
    /// The Python interpreter of the stack [default: .venv of the source, else python3]
    #[arg(long, value_name = "FILE")]
    pub python_bin: Option<Utf8PathBuf>,
    /// The pm2 [default: the profile's, else PM2, else the one on PATH]
    #[arg(long, value_name = "FILE")]
    pub pm2: Option<Utf8PathBuf>,
    /// The Codex CLI [default: codex on PATH]
    #[arg(long, value_name = "FILE")]
    pub codex_cli: Option<Utf8PathBuf>,
    /// The folder of the Codex login [default: CODEX_HOME, else ~/.codex]
    #[arg(long, value_name = "DIR")]
    pub codex_home: Option<Utf8PathBuf>,
    /// What stdout gets: lines for people, or JSON
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

/// Looks at this machine. Returns the exit code: 0, or 4 if something is lacking that a run needs.
pub fn doctor(args: &Args) -> u8 {
    let needs = match needs(args) {
        Ok(needs) => needs,
        Err(cause) => return smoke::refuse(&cause),
    };
    let findings = look(&needs);
    match args.format {
        Format::Human => screen::print_inert(&finding::text(&needs.profile.name, &findings)),
        Format::Json => screen::print(&finding::json(&needs.profile.name, &findings)),
    }
    if findings.iter().any(|finding| finding.status == Status::Missing) { 4 } else { 0 }
}

fn needs(args: &Args) -> Result<Needs, Cause> {
    // Without git, all else can still be told.
    let mut environment = Environment::inherited();
    let _ = git::forget_repository(&mut environment);
    let smoke = smoke_args(args);
    let source = match &args.source {
        Some(source) => absolute(source)?,
        None => project::root(&environment).unwrap_or_else(|_| ".".into()),
    };
    let (profile, _) = smoke::read_profile(&smoke, &source, &environment)?;
    Ok(Needs::of(smoke, profile, source, environment))
}

fn smoke_args(args: &Args) -> SmokeArgs {
    let Command::Smoke(smoke) = Cli::parse_from(["xtask", "smoke"]).command else {
        unreachable!("the first word says which command it is")
    };
    let mut smoke = *smoke;
    smoke.profile.clone_from(&args.profile);
    (smoke.supervisor, smoke.agent, smoke.model) = (args.supervisor, args.agent, args.model);
    smoke.parts.python_bin.clone_from(&args.python_bin);
    smoke.parts.pm2.clone_from(&args.pm2);
    smoke.parts.codex_cli.clone_from(&args.codex_cli);
    smoke.parts.codex_home.clone_from(&args.codex_home);
    smoke
}

/// Looks at everything side by side, so that what is slow costs its own time only.
fn look(needs: &Needs) -> Vec<Finding> {
    let checks = checks(needs);
    let done: Mutex<Vec<(usize, Vec<Finding>)>> = Mutex::default();
    let note = |index: usize, check: &Check| {
        let found = check();
        if let Ok(mut done) = done.lock() {
            done.push((index, found));
        }
    };
    let note = &note;
    thread::scope(|scope| {
        for (index, check) in checks.iter().enumerate() {
            let spawned = thread::Builder::new().spawn_scoped(scope, move || note(index, check));
            // Where the system gives no more threads, it takes longer.
            if spawned.is_err() {
                note(index, check);
            }
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().flat_map(|(_, found)| found).collect()
}

type Check<'a> = Box<dyn Fn() -> Vec<Finding> + Send + Sync + 'a>;

fn checks(needs: &Needs) -> Vec<Check<'_>> {
    let programs = needs
        .programs
        .iter()
        .map(|wanted| Box::new(move || vec![programs::look(wanted, &needs.environment)]) as Check);
    let mut checks: Vec<Check> = programs.collect();
    checks.push(Box::new(|| programs::modules(needs).into_iter().collect()));
    checks.push(Box::new(|| login::look(needs)));
    checks.push(Box::new(|| place::look(needs)));
    checks.push(Box::new(|| vec![limits::ports()]));
    checks.push(Box::new(|| vec![limits::leftovers()]));
    checks.push(Box::new(|| limits::limits(process::can_be_seen())));
    checks
}
