//! The bench `many`: runs at once, which share the machine and the cache of builds, and nothing else.

use std::time::Instant;

use anyhow::Result;

use super::goal::Goal;
use super::measure::Running;
use super::sample::{Sample, Unit};
use super::{Bench, Round, Subject, machine};

/// So many at once.
const SIZES: [usize; 4] = [1, 2, 4, 8];

/// Counts how many runs are over in a second. A run that fails ends the bench.
pub const BENCH: Bench = Bench {
    name: "many",
    summary: "1, 2, 4 and 8 runs of the embedded profile at once, none of which may fail",
    rounds: 5,
    goals: &[Goal::at_least("until the cores are full", 1.0)],
    needs: &[("smoke", &["--source", "--rev", "--artifacts", "--profile", "--quiet"])],
    set_up,
};

fn set_up(subject: &Subject) -> Result<Round<'_>> {
    subject.warm_up()?;
    Ok(Box::new(move |_| {
        let rates = SIZES.map(|size| rate(subject, size));
        let rates = rates.into_iter().collect::<Result<Vec<f64>>>()?;
        Ok(samples(&rates, machine::cores()))
    }))
}

/// How many runs are over in a second when so many are started at once.
fn rate(subject: &Subject, size: usize) -> Result<f64> {
    let start = Instant::now();
    let places = (0..size).map(|number| subject.place.folder(&format!("artifacts-{number}")));
    let runs = places.map(|artifacts| subject.start_run(&artifacts?));
    let runs: Vec<Running> = runs.collect::<Result<_>>()?;
    for run in runs {
        subject.end_run(run)?;
    }
    Ok(size as f64 / start.elapsed().as_secs_f64())
}

/// The rates, and how each compares with the one before: it should rise as long as there is a core
/// for each run.
fn samples(rates: &[f64], cores: usize) -> Vec<Sample> {
    let named = rates.iter().zip(SIZES);
    let rate = named.clone().map(|(rate, size)| {
        Sample::new(format!("throughput, {size} at once"), Unit::PerSecond, *rate)
    });
    let rise = named.skip(1).zip(rates).map(|((rate, size), before)| {
        let group = if size <= cores { "until the cores are full" } else { "beyond the cores" };
        Sample::ratio(format!("{group}: {size} for {}", size / 2), *rate, *before)
    });
    rate.chain(rise).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throughput_has_to_rise_as_long_as_there_are_cores() {
        let found = samples(&[1.0, 1.5, 1.5, 1.2], 2);
        let names: Vec<&str> = found.iter().map(|sample| sample.measure.as_str()).collect();
        let rises = [
            "until the cores are full: 2 for 1",
            "beyond the cores: 4 for 2",
            "beyond the cores: 8 for 4",
        ];
        assert_eq!(names[4..], rises);
        assert_eq!(found[4].value, 1.5);
        assert!(BENCH.goals[0].is_about(names[4]) && !BENCH.goals[0].is_about(names[5]));
    }
}
