//! `cargo xtask doctor`: what this machine lacks for a run, and how to get it.

mod finding;
mod limits;
mod login;
mod needs;
mod own_files;
mod place;
mod programs;
mod question;

use std::fs;
use std::sync::Mutex;
use std::thread;

use camino::Utf8Path;
use smoke_core::cause::{Cause, Code};
use smoke_core::environment::Environment;
use smoke_core::stop::Stop;
use smoke_core::{git, process, project, signals};
use smoke_record::screen;

use crate::cli::output::Format;
use crate::cli::run::RunArgs;
use crate::cli::value;
use crate::smoke;
use crate::smoke::decide::{Decided, decide};
use finding::{Finding, Status};
use needs::Needs;

/// Looks at this machine. Returns the exit code: 0, or 4 if something is lacking that a run needs.
pub fn doctor(args: &RunArgs) -> u8 {
    // Whoever is asked leads a group of its own, which the terminal does not end.
    let stop = Stop::default();
    if let Err(error) = signals::install(&stop) {
        return smoke::refuse(&Cause::new(Code::Internal, format!("{error:#}"), "run it again"));
    }
    let needs = match needs(args, &stop) {
        Ok(needs) => needs,
        Err(cause) => return smoke::refuse(&cause),
    };
    let findings = look(&needs);
    if let Some(signal) = stop.signal() {
        screen::say("interrupted");
        return 128 + signal as u8;
    }
    match args.output.format {
        Format::Human => screen::print_inert(&finding::text(&needs.profile.name, &findings)),
        Format::Json => screen::print(&finding::json(&needs.profile.name, &findings)),
    }
    if findings.iter().any(|finding| finding.status == Status::Missing) { 4 } else { 0 }
}

fn needs(args: &RunArgs, stop: &Stop) -> Result<Needs, Cause> {
    // Without git, all else can still be told.
    let mut environment = Environment::inherited();
    let _ = git::forget_repository(&mut environment);
    let source = match &args.source {
        Some(source) => value::absolute(source)?,
        None => project::root(&environment).unwrap_or_else(|_| ".".into()),
    };
    let Decided { profile, options, .. } = match decide(args, &source, &environment) {
        // Without a profile the machine is looked at all the same.
        Err(cause) if is_without_profile(args, &source) => {
            none(args, &source, &environment).map_err(|_| cause)?
        }
        decided => decided?,
    };
    Ok(Needs { stop: stop.clone(), ..Needs::of(options, profile, &source, environment) })
}

/// Whether nothing says which profile a run would have.
fn is_without_profile(args: &RunArgs, source: &Utf8Path) -> bool {
    args.profile.is_none() && !source.join("smoke.toml").exists()
}

/// What a run would be asked to do that needs nothing.
fn none(args: &RunArgs, source: &Utf8Path, environment: &Environment) -> Result<Decided, Cause> {
    let folder = tempfile::tempdir();
    let folder =
        folder.map_err(|error| Cause::new(Code::Internal, error.to_string(), "look at TMPDIR"))?;
    let path = folder.path().join("smoke.toml");
    let text = "name = \"none\"\n[gateway]\ncommand = [\"git\"]\n";
    fs::write(&path, text)
        .map_err(|error| Cause::new(Code::Internal, error.to_string(), "look at TMPDIR"))?;
    let profile = Some(path.display().to_string());
    decide(&RunArgs { profile, ..args.clone() }, source, environment)
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
        .map(|wanted| Box::new(move || vec![programs::look(wanted, needs)]) as Check);
    let mut checks: Vec<Check> = programs.collect();
    checks.push(Box::new(|| programs::modules(needs).into_iter().collect()));
    checks.push(Box::new(|| own_files::look(needs)));
    checks.push(Box::new(|| login::look(needs)));
    checks.push(Box::new(|| place::look(needs)));
    checks.push(Box::new(|| vec![limits::ports()]));
    checks.push(Box::new(|| vec![limits::leftovers()]));
    checks.push(Box::new(|| limits::limits(process::can_be_seen())));
    checks
}
