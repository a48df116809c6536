//! The bench `startup`: what starting this program costs, more than starting a program does anyhow.

use anyhow::Result;

use super::goal::Goal;
use super::sample::Sample;
use super::{Bench, Round, Subject};

/// Times two commands that do next to nothing, each beside one that does nothing of its own.
pub const BENCH: Bench = Bench {
    name: "startup",
    summary: "xtask --help against true, and smoke --plan-only against git --version",
    rounds: 200,
    goals: &[
        Goal::at_most("xtask --help, more than true", 5.0),
        Goal::at_most("smoke --plan-only, more than git --version", 20.0),
    ],
    needs: &[("smoke", &["--plan-only"])],
    set_up,
};

fn set_up(subject: &Subject) -> Result<Round<'_>> {
    let xtask = subject.program.path.as_str();
    Ok(Box::new(move |round| {
        let help = pair(subject, round, &[xtask, "--help"], &["true"])?;
        let plan = pair(subject, round, &[xtask, "smoke", "--plan-only"], &["git", "--version"])?;
        Ok(vec![
            Sample::milliseconds("xtask --help", help.0),
            Sample::milliseconds("true", help.1),
            Sample::milliseconds("xtask --help, more than true", help.0 - help.1),
            Sample::milliseconds("smoke --plan-only", plan.0),
            Sample::milliseconds("git --version", plan.1),
            Sample::milliseconds("smoke --plan-only, more than git --version", plan.0 - plan.1),
        ])
    }))
}

/// The seconds that each takes; which one is first changes from round to round.
fn pair(subject: &Subject, round: usize, own: &[&str], other: &[&str]) -> Result<(f64, f64)> {
    let run = |argv| subject.place.run(argv, &subject.program.checkout);
    let time = |argv| run(argv).map(|cost| cost.seconds);
    if round.is_multiple_of(2) {
        let own = time(own)?;
        return Ok((own, time(other)?));
    }
    let other = time(other)?;
    Ok((time(own)?, other))
}
