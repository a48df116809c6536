//! The bench `run-cold`: what a newcomer waits for, from a new clone to the verdict of its first run, against the
//! builds of this program and of the stack alone: all else that a run does should fit beside them.

use std::fs;

use anyhow::{Context, Result};
use camino::Utf8Path;

use super::goal::Goal;
use super::sample::Sample;
use super::{Bench, Round, Subject};

/// Times a run and a build, each from an empty target folder.
pub const BENCH: Bench = Bench {
    name: "run-cold",
    summary: "cargo xtask smoke in a new clone with an empty target folder, against building xtask and the stack",
    rounds: 3,
    goals: &[Goal::at_most("run / build", 1.05)],
    needs: &[("smoke", &["--quiet"])],
    set_up,
};

fn set_up(subject: &Subject) -> Result<Round<'_>> {
    let (place, program) = (&subject.place, &subject.program);
    let clone = place.path().join("clone");
    place.git(place.path(), &["clone", "--quiet", program.checkout.as_str(), clone.as_str()])?;
    place.git(&clone, &["checkout", "--quiet", "--detach", &program.commit])?;
    Ok(Box::new(move |round| {
        let (run, build) = both(subject, &clone, round)?;
        Ok(vec![
            Sample::seconds("run", run),
            Sample::seconds("build", build),
            Sample::ratio("run / build", run, build),
        ])
    }))
}

/// The seconds of a run and of a build; which is first changes every round.
fn both(subject: &Subject, clone: &Utf8Path, round: usize) -> Result<(f64, f64)> {
    let build =
        ["cargo", "build", "--quiet", "--locked", "--package", "xtask", "--package", "stack"];
    let smoke = ["cargo", "xtask", "smoke", "--quiet"];
    if round.is_multiple_of(2) {
        let run = cold(subject, &smoke, clone)?;
        return Ok((run, cold(subject, &build, clone)?));
    }
    let build = cold(subject, &build, clone)?;
    Ok((cold(subject, &smoke, clone)?, build))
}

/// The seconds that a command takes with an empty target folder.
fn cold(subject: &Subject, argv: &[&str], folder: &Utf8Path) -> Result<f64> {
    let target = subject.place.path().join("cold");
    let setting = format!("CARGO_TARGET_DIR={target}");
    let cost = subject.place.run(&[&["env", &setting], argv].concat(), folder)?;
    fs::remove_dir_all(&target).with_context(|| format!("remove {target}"))?;
    Ok(cost.seconds)
}
