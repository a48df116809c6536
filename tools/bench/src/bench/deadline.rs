//! The bench `deadline`: how much later than its deadline a step is over, with everything that its command
//! started, for a tree of processes that obeys, and for one that ignores INT and TERM.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use smoke_core::sweep::Graces;

use super::goal::Goal;
use super::sample::Sample;
use super::{Bench, Round, Subject};

/// The deadline of the measured step.
const DEADLINE: Duration = Duration::from_millis(300);

/// One that ignores the signals takes so much longer that it is measured in every fifth round.
const PATIENT_ROUNDS: usize = 5;

/// Times how late a step is over.
pub const BENCH: Bench = Bench {
    name: "deadline",
    summary: "from the deadline of a step, and the graces after it, to the last process gone",
    rounds: 100,
    goals: &[Goal::p99_at_most("late", 100.0)],
    needs: &[("smoke", &["--source", "--artifacts"])],
    set_up,
};

const OBEYS: &str = "sleep 600 & sleep 600 & sh -c 'sleep 600; :'";
const IGNORES: &str = "trap '' INT TERM; sleep 600 & while :; do sleep 0.05; done";

fn set_up(subject: &Subject) -> Result<Round<'_>> {
    let (obeys, ignores) = (source(subject, "obeys", OBEYS)?, source(subject, "ignores", IGNORES)?);
    let all = Graces::default();
    let graces = all.int + all.term;
    Ok(Box::new(move |round| {
        let mut samples = vec![late(subject, "obeys", &obeys, DEADLINE)?];
        if round % PATIENT_ROUNDS == 0 {
            samples.push(late(subject, "ignores INT and TERM", &ignores, DEADLINE + graces)?);
        }
        Ok(samples)
    }))
}

/// A repository whose build runs `script`, and never ends by itself.
fn source(subject: &Subject, name: &str, script: &str) -> Result<Utf8PathBuf> {
    let (command, deadline) = (json!(["sh", "-c", script]), DEADLINE.as_millis());
    let profile = format!(
        "name = \"late\"\n[gateway]\ncommand = [\"true\"]\ntools = [\"none\"]\n\
         [gateway.build]\ncommand = {command}\noutput = \"none\"\n[deadlines]\nbuild = \"{deadline}ms\"\n"
    );
    subject.place.repository(name, &[("smoke.toml", &profile)])
}

fn late(subject: &Subject, name: &str, source: &Utf8Path, due: Duration) -> Result<Sample> {
    let took = once(subject, source)?;
    Ok(Sample::milliseconds(format!("late: {name}"), took - due.as_secs_f64()))
}

/// One run; returns how long its build took, in seconds.
fn once(subject: &Subject, source: &Utf8Path) -> Result<f64> {
    let place = &subject.place;
    let artifacts = place.folder("artifacts")?;
    let argv = [subject.program.path.as_str(), "smoke", "--source", source.as_str()];
    let argv = [&argv[..], &["--artifacts", artifacts.as_str()]].concat();
    // It fails, as it should.
    place.start(&argv, place.path())?.end(place)?;
    let text = fs::read_to_string(artifacts.join("latest/run.json")).context("read a record")?;
    let record: Value = serde_json::from_str(&text).context("read a record")?;
    let mut steps = record["steps"].as_array().into_iter().flatten();
    let build = steps.find(|step| step["id"] == "build" && step["outcome"] == "timed_out");
    let Some(took) = build.and_then(|step| step["duration_ms"].as_f64()) else {
        bail!("the build did not time out: {}", record["cause"])
    };
    fs::remove_dir_all(&artifacts).context("remove a run folder")?;
    Ok(took / 1000.0)
}
