//! `cargo xtask bench`: measures, as ratios, with a release build of this program, and compares it
//! with a build of another revision.

mod bundle;
mod critical;
mod deadline;
mod document;
mod draft;
mod driver;
mod forms;
mod goal;
mod hook;
pub mod late_gateway;
mod log_pump;
mod machine;
mod many;
mod measure;
mod place;
mod program;
mod ready_lag;
mod run_cold;
mod run_warm;
mod runs;
mod sample;
mod server_key;
mod startup;
mod statistics;
mod table;
mod transcript;
mod xtask_cold;

use std::num::NonZeroUsize;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::builder::{PossibleValue, PossibleValuesParser};
use serde_json::{Value, json};
use smoke_core::environment::Environment;
use smoke_core::stop::Stop;
use smoke_core::{files, project, signals};
use smoke_record::screen;

use driver::Course;
use goal::Goal;
use place::Place;
use program::{Need, Program};
use sample::Sample;

/// Everything that can be measured.
const BENCHES: &[Bench] = &[
    run_warm::BENCH,
    run_cold::BENCH,
    hook::BENCH,
    ready_lag::BENCH,
    deadline::BENCH,
    log_pump::BENCH,
    transcript::BENCH,
    forms::BENCH,
    bundle::BENCH,
    many::BENCH,
    startup::BENCH,
    draft::BENCH,
    server_key::BENCH,
    xtask_cold::BENCH,
];

/// Something that can be measured.
pub struct Bench {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it measures, in one line.
    pub summary: &'static str,
    /// How often, unless the caller says otherwise.
    pub rounds: usize,
    /// What its measures should come to.
    pub goals: &'static [Goal],
    /// What a program has to know, so that it can be measured.
    pub needs: &'static [Need],
    /// Makes everything ready for the rounds of one program.
    pub set_up: fn(&Subject) -> Result<Round<'_>>,
}

/// One round; it gets its number, counted from 0. A value that is a ratio has both of its parts
/// measured in this round, so that a busy machine hits both alike.
pub type Round<'a> = Box<dyn FnMut(usize) -> Result<Vec<Sample>> + 'a>;

/// A program that is measured, and where.
pub struct Subject {
    /// The program.
    pub program: Program,
    /// The place, which is its own.
    pub place: Place,
}

/// Arguments of `bench`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// What to measure [default: all]
    #[arg(value_name = "NAME", value_parser = names())]
    pub names: Vec<String>,
    /// Build this commit too, and run the two in turn
    #[arg(long, value_name = "REV")]
    pub against: Option<String>,
    /// How often each is measured [default: what the bench needs]
    #[arg(long, value_name = "COUNT")]
    pub rounds: Option<NonZeroUsize>,
    /// Where the measured programs work [default: TMPDIR]
    #[arg(long, value_name = "DIR")]
    pub folder: Option<Utf8PathBuf>,
    /// Exit with 1 when a goal is missed
    #[arg(long)]
    pub check: bool,
}

fn names() -> PossibleValuesParser {
    let values = BENCHES.iter().map(|bench| PossibleValue::new(bench.name).help(bench.summary));
    PossibleValuesParser::new(values)
}

/// Runs the benches, prints a table for each, and writes `target/smoke/bench/NAME.json`. Returns
/// the exit code: 1 when something could not be measured.
///
/// # Errors
/// There is no such folder or revision, or a release build fails.
pub fn bench(args: &Args) -> Result<u8> {
    let stop = Stop::default();
    signals::install(&stop)?;
    let ended = measure_all(args, &stop);
    match stop.signal() {
        Some(signal) => Ok(u8::try_from(128 + signal).unwrap_or(1)),
        None => ended,
    }
}

fn measure_all(args: &Args, stop: &Stop) -> Result<u8> {
    let environment = project::inherited()?;
    let root = project::root(&environment)?;
    let folder = working_folder(args)?;
    let place = Place::new(&folder, &environment, stop)?;
    let programs = programs(args, &root, &place, &environment)?;
    let rounds = args.rounds.map(NonZeroUsize::get);
    let course = Course { programs, rounds, folder: &folder, environment: &environment, stop };
    let mut code = 0;
    for bench in BENCHES.iter().filter(|bench| is_wanted(args, bench)) {
        code = code.max(measure(bench, &course, &root, args.check)?);
        place.go_on()?;
    }
    Ok(code)
}

fn is_wanted(args: &Args, bench: &Bench) -> bool {
    args.names.is_empty() || args.names.iter().any(|name| name == bench.name)
}

fn working_folder(args: &Args) -> Result<Utf8PathBuf> {
    let usual = std::env::temp_dir();
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => Utf8PathBuf::from_path_buf(usual)
            .map_err(|path| anyhow::anyhow!("TMPDIR {} is not UTF-8", path.display()))?,
    };
    if !folder.is_dir() {
        bail!("{folder} is no folder; name one with --folder");
    }
    folder.canonicalize_utf8().with_context(|| format!("find {folder}"))
}

fn programs(
    args: &Args,
    root: &Utf8Path,
    place: &Place,
    environment: &Environment,
) -> Result<Vec<Program>> {
    // A revision that does not exist is an error before anything is built.
    let other = args.against.as_ref();
    let other = other.map(|revision| program::of_revision(root, revision, place, environment));
    let other = other.transpose().context("--against")?;
    let own = program::of_work_tree(root, place, environment)?;
    Ok(std::iter::once(own).chain(other).collect())
}

/// One bench: returns the exit code that it asks for.
fn measure(bench: &Bench, course: &Course, root: &Utf8Path, check: bool) -> Result<u8> {
    let mut machine = machine::describe(course.folder);
    machine["load_before"] = json!(machine::load());
    let measured = driver::run(bench, course)?;
    machine["load_after"] = json!(machine::load());
    screen::print_inert(&table::table(bench, &course.programs, &measured));
    let path = root.join(format!("target/smoke/bench/{}.json", bench.name));
    write(&path, &document::document(bench, &course.programs, &measured, &machine))?;
    let missed = table::rows(bench, &measured).iter().any(|row| row.is_met() == Some(false));
    Ok(u8::from(measured.failed.is_some() || check && missed))
}

fn write(path: &Utf8Path, result: &Value) -> Result<()> {
    let text = format!("{result:#}\n");
    files::replace(path, text.as_bytes(), 0o644).with_context(|| format!("write {path}"))
}
