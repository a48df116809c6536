//! The bench `hook`: what the pre-push hook costs when there is nothing to smoke, because the very tree has
//! passed before: what everybody who installs the hook pays with every push.

use std::fs;

use anyhow::{Context, Result, bail};
use camino::Utf8Path;

use super::goal::Goal;
use super::sample::Sample;
use super::{Bench, Round, Subject};

/// Times pushes with the hook and without it.
pub const BENCH: Bench = Bench {
    name: "hook",
    summary: "a push whose tree has passed before, against a push without the hook",
    rounds: 50,
    goals: &[Goal::at_most("more than without", 100.0)],
    needs: &[("hook", &[])],
    set_up,
};

fn set_up(subject: &Subject) -> Result<Round<'_>> {
    let (place, program) = (&subject.place, &subject.program);
    let source = place.path().join("source");
    let clone = ["clone", "--quiet", "--", program.checkout.as_str(), source.as_str()];
    place.git(place.path(), &clone)?;
    place.git(&source, &["checkout", "--quiet", "-B", "pushed", &program.commit])?;
    place.git(place.path(), &["init", "--quiet", "--bare", "remote"])?;
    place.git(&source, &["remote", "add", "bare", place.path().join("remote").as_str()])?;
    let install = [program.path.as_str(), "hook", "install", "--source", source.as_str()];
    // What the runs of the hook keep is kept where the program was when it was installed.
    place.run(&install, &program.checkout)?;
    // It smokes, unless another bench had a run of the tree.
    push(subject, &source, &[]).context("the first push")?;
    smoked(subject)?;
    Ok(Box::new(move |round| {
        let (with, without) = both(subject, &source, round)?;
        if smoked(subject)? {
            bail!("the hook smoked a tree that had passed");
        }
        Ok(vec![
            Sample::milliseconds("with the hook", with),
            Sample::milliseconds("without", without),
            Sample::milliseconds("more than without", with - without),
        ])
    }))
}

/// The seconds of a push with the hook and of one without; which is first changes every round.
fn both(subject: &Subject, source: &Utf8Path, round: usize) -> Result<(f64, f64)> {
    let without = ["--no-verify"];
    if round.is_multiple_of(2) {
        let with = push(subject, source, &[])?;
        return Ok((with, push(subject, source, &without)?));
    }
    let without = push(subject, source, &without)?;
    Ok((push(subject, source, &[])?, without))
}

/// Pushes a new commit of the same tree.
fn push(subject: &Subject, source: &Utf8Path, more: &[&str]) -> Result<f64> {
    subject.place.commit(source, "the same tree once more")?;
    let push = [&["git", "push", "--quiet"], more, &["bare", "pushed"]].concat();
    Ok(subject.place.run(&push, source)?.seconds)
}

/// Whether a hook has smoked anything since the last time that was asked.
fn smoked(subject: &Subject) -> Result<bool> {
    let log = subject.place.path().join("log");
    let said = fs::read_to_string(&log).context("read what the hook said")?;
    fs::write(&log, "").context("empty the log")?;
    Ok(said.contains("pre-push: smoking"))
}
