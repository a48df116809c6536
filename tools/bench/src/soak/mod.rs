//! `soak`: for developers. Many runs, each hit by a signal at some moment, and after each a look at
//! what is left.

mod hit;
mod judge;
mod place;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use camino::Utf8PathBuf;
use fastrand::Rng;
use smoke_core::project;
use smoke_record::screen;

use hit::Hit;
use place::Place;

/// Arguments of `soak`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The program whose runs are hit
    #[arg(long, hide = true)]
    pub program: Utf8PathBuf,
    /// How many runs are hit
    #[arg(long, default_value_t = 20)]
    pub runs: u64,
    /// Repeats the hits of an earlier soak, which printed its seed [default: a new one]
    #[arg(long)]
    pub seed: Option<u64>,
    /// The round to begin with, to come back to the one that failed
    #[arg(long, default_value_t = 1)]
    pub from: u64,
}

/// Runs the embedded profile on this repository `runs` times, hits each, and holds what is left to
/// what may be left. Stops at the first round that is not as it should be.
///
/// # Errors
/// A round failed; the error says what was seen.
pub fn soak(args: &Args) -> Result<u8> {
    let environment = project::inherited()?;
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    screen::say(&format!("seed {seed}"));
    let place = Place::new(&args.program, &environment, project::root(&environment)?)?;
    let result = rounds(args, seed, &place);
    if result.is_err() {
        place.keep();
    }
    result.map(|()| 0)
}

fn rounds(args: &Args, seed: u64, place: &Place) -> Result<()> {
    // The first one builds the stack; the second shows how long a run takes.
    place.pass()?;
    let usual = place.pass()?;
    let mut tally = BTreeMap::new();
    let mut slowest = Duration::ZERO;
    for round in args.from..args.from + args.runs {
        let hit = Hit::choose(&mut Rng::with_seed(seed.wrapping_add(round)), usual);
        let played = play(place, &hit);
        let (outcome, gone) =
            played.with_context(|| format!("seed {seed}, round {round}: {hit}"))?;
        screen::say(&format!("{round:>5}  {hit}: {outcome}, all gone in {gone:?}"));
        slowest = slowest.max(gone);
        *tally.entry(format!("{} {} -> {outcome}", hit.whom, hit.how)).or_insert(0) += 1;
    }
    for (what, count) in &tally {
        screen::say(&format!("{count:>5} x {what}"));
    }
    screen::say(&format!("{} runs hit; at most {slowest:?} until all was gone", args.runs));
    Ok(())
}

/// One round: a run that is hit, a look at what is left, and a run that must pass.
fn play(place: &Place, hit: &Hit) -> Result<(String, Duration)> {
    let known = place.runs();
    let mut run = place.start()?;
    let ended = hit.deliver(place, &mut run)?;
    let survives = hit.takes_the_guard();
    // Without its guard, a killed run is cleared by the next start.
    let gone = if survives { Duration::ZERO } else { place.until_nothing_is_left()? };
    if survives {
        place.pass()?;
    }
    let outcome = judge::judge(place, hit, ended, &known)?;
    place.until_nothing_is_left()?;
    place.pass()?;
    Ok((outcome, gone))
}
