//! The bench `run-warm`: a whole run with nothing to build, against what it has to wait for: how much of
//! its time is this program's own.

use anyhow::Result;

use super::goal::Goal;
use super::sample::Sample;
use super::{Bench, Round, Subject};

/// Times runs, and reads from each what it waited for.
pub const BENCH: Bench = Bench {
    name: "run-warm",
    summary: "a run of the embedded profile, the build cached, against the critical path of its child processes",
    rounds: 20,
    goals: &[Goal::at_most("run / path", 1.05), Goal::at_most("run", 1.0)],
    needs: &[("smoke", &["--source", "--rev", "--artifacts", "--profile", "--quiet"])],
    set_up,
};

fn set_up(subject: &Subject) -> Result<Round<'_>> {
    subject.warm_up()?;
    Ok(Box::new(move |_| {
        let run = subject.run()?;
        let seconds = run.cost.seconds;
        let mut samples =
            vec![Sample::seconds("run", seconds), Sample::seconds("CPU of all", run.cost.cpu)];
        // An older revision does not tell what it waited for.
        if let Some(path) = run.path {
            samples.push(Sample::seconds("path", path));
            samples.push(Sample::milliseconds("run, more than path", seconds - path));
            samples.push(Sample::ratio("run / path", seconds, path));
        }
        Ok(samples)
    }))
}
