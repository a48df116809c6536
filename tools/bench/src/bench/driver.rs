//! The driver runs the rounds of a bench: of one program, or of two in turn.

use anyhow::{Context, Result};
use camino::Utf8Path;
use smoke_core::environment::{Environment, Origin};
use smoke_core::stop::Stop;
use smoke_record::screen;

use super::place::Place;
use super::program::{self, Program};
use super::sample::Sample;
use super::{Bench, Round, Subject};

/// What all benches of one call share.
pub struct Course<'a> {
    /// What is measured: this program, and after it the one that it is compared with.
    pub programs: Vec<Program>,
    /// How many rounds, if not as many as the bench wants.
    pub rounds: Option<usize>,
    /// Where the places of the benches are made.
    pub folder: &'a Utf8Path,
    /// The environment of this process.
    pub environment: &'a Environment,
    /// The wish to stop.
    pub stop: &'a Stop,
}

/// A sample, and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// The index of the program.
    pub program: usize,
    /// The round, counted from 0.
    pub round: usize,
    /// The sample.
    pub sample: Sample,
}

/// What came of a bench.
#[derive(Debug, Default)]
pub struct Measured {
    /// All samples.
    pub samples: Vec<Taken>,
    /// Why the other program was not measured, or not to the end.
    pub left_out: Option<String>,
    /// Why this program was not measured to the end.
    pub failed: Option<String>,
}

/// Runs all rounds of `bench`.
///
/// # Errors
/// There is no place for it.
pub fn run(bench: &Bench, course: &Course) -> Result<Measured> {
    let subjects = course.programs.iter().map(|program| {
        let mut place = Place::new(course.folder, course.environment, course.stop)?;
        // What one bench builds with a program is built for those after it.
        place.environment.set("CARGO_TARGET_DIR", program.target(), Origin::Run);
        Ok(Subject { program: program.clone(), place })
    });
    let subjects: Vec<Subject> = subjects.collect::<Result<_>>()?;
    let mut measured = Measured::default();
    let mut ready: Vec<(usize, Round)> = Vec::new();
    for (index, subject) in subjects.iter().enumerate() {
        screen::progress(&format!("{}: setting {} up", bench.name, subject.program.name));
        match set_up(bench, subject) {
            Ok(round) => ready.push((index, round)),
            Err(error) => measured.note(index, &error),
        }
    }
    let rounds = course.rounds.unwrap_or(bench.rounds);
    for round in 0..rounds {
        screen::progress(&format!("{}: round {} of {rounds}", bench.name, round + 1));
        one_round(round, &mut ready, &mut measured);
    }
    screen::progress("");
    Ok(measured)
}

fn set_up<'a>(bench: &Bench, subject: &'a Subject) -> Result<Round<'a>> {
    program::check(&subject.program, bench.needs, &subject.place)?;
    (bench.set_up)(subject).context("set up")
}

/// The programs take turns in being first. One that fails is left out from then on, and without
/// this program there is nothing to compare with.
fn one_round(round: usize, ready: &mut Vec<(usize, Round)>, measured: &mut Measured) {
    let mut failed = Vec::new();
    let mut turns: Vec<usize> = (0..ready.len()).collect();
    if round % 2 == 1 {
        turns.reverse();
    }
    for turn in turns {
        let (program, run) = &mut ready[turn];
        match run(round) {
            Ok(samples) => measured.samples.extend(samples.into_iter().map(|sample| Taken {
                program: *program,
                round,
                sample,
            })),
            Err(error) => {
                measured.note(*program, &error);
                failed.push(*program);
            }
        }
    }
    ready.retain(|(program, _)| !failed.contains(program) && !failed.contains(&0));
}

impl Measured {
    fn note(&mut self, program: usize, error: &anyhow::Error) {
        let note = if program == 0 { &mut self.failed } else { &mut self.left_out };
        *note = Some(format!("{error:#}"));
    }

    /// The values of a measure of one program, in the order of the rounds.
    pub fn values(&self, program: usize, measure: &str) -> Vec<f64> {
        let of = |taken: &&Taken| taken.program == program && taken.sample.measure == measure;
        self.samples.iter().filter(of).map(|taken| taken.sample.value).collect()
    }

    /// A sample of each measure, in the order in which they came first.
    pub fn measures(&self) -> Vec<&Sample> {
        let mut found: Vec<&Sample> = Vec::new();
        for Taken { sample, .. } in &self.samples {
            if !found.iter().any(|known| known.measure == sample.measure) {
                found.push(sample);
            }
        }
        found
    }

    /// How many times as much of a measure this program has as the other one, round by round.
    pub fn ratios(&self, measure: &str) -> Vec<f64> {
        let of = |program| {
            let all = self.samples.iter();
            all.filter(move |taken| taken.program == program && taken.sample.measure == measure)
        };
        let pairs = of(0).filter_map(|own| {
            let other = of(1).find(|other| other.round == own.round)?.sample.value;
            (other > 0.0 && own.sample.value > 0.0).then(|| own.sample.value / other)
        });
        pairs.collect()
    }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    /// Notes which program had its turn, and what came of it.
    fn play(rounds: usize, fails: impl Fn(usize, usize) -> bool) -> (Vec<usize>, Measured) {
        let turns = std::cell::RefCell::new(Vec::new());
        let mut measured = Measured::default();
        let program = |index: usize| {
            let (turns, fails) = (&turns, &fails);
            let round: Round = Box::new(move |round| {
                turns.borrow_mut().push(index);
                if fails(index, round) {
                    bail!("no");
                }
                Ok(vec![Sample::seconds("a", (round + 1) as f64 * (2 - index) as f64)])
            });
            (index, round)
        };
        let mut ready = vec![program(0), program(1)];
        for round in 0..rounds {
            one_round(round, &mut ready, &mut measured);
        }
        drop(ready);
        (turns.into_inner(), measured)
    }

    #[test]
    fn two_programs_run_in_turn_and_are_compared_round_by_round() {
        let (turns, measured) = play(3, |_, _| false);
        assert_eq!(turns, [0, 1, 1, 0, 0, 1]);
        assert_eq!(measured.values(0, "a"), [2.0, 4.0, 6.0]);
        assert_eq!(measured.ratios("a"), [2.0, 2.0, 2.0]);
        assert_eq!(measured.measures().len(), 1);
    }

    #[test]
    fn the_other_program_is_left_out_once_it_fails() {
        let (turns, measured) = play(3, |program, round| program == 1 && round == 1);
        assert_eq!(turns, [0, 1, 1, 0, 0]);
        assert_eq!(measured.left_out.as_deref(), Some("no"));
        assert!(measured.failed.is_none());
    }

    #[test]
    fn a_failure_of_this_program_is_the_end() {
        let (turns, measured) = play(3, |program, _| program == 0);
        assert_eq!(turns, [0, 1]);
        assert_eq!(measured.failed.as_deref(), Some("no"));
    }

    #[test]
    fn what_is_not_positive_has_no_ratio() {
        let taken = |program, value| {
            let sample = Sample::seconds("a", value);
            Taken { program, round: 0, sample }
        };
        let samples = vec![taken(0, 1.0), taken(1, -1.0)];
        assert!(Measured { samples, ..Measured::default() }.ratios("a").is_empty());
    }
}
