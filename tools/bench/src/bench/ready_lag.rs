//! The bench `ready-lag`: how late it is noticed that a gateway can answer, from that moment, which the
//! gateway of the bench writes down, to the end of the step `ready`.

use std::fs;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use smoke_record::event::{Event, Timed};

use super::goal::Goal;
use super::late_gateway::TOOL;
use super::sample::Sample;
use super::{Bench, Round, Subject};

/// The longest time after which the gateway can answer: so long that pauses between questions have
/// grown, and that the moment falls anywhere between two of them.
const LONGEST_MS: u64 = 2000;

/// What a gateway may do until then.
const WAYS: [&str; 3] = ["closed", "unavailable", "empty"];

/// Times how late runs notice their gateway.
pub const BENCH: Bench = Bench {
    name: "ready-lag",
    summary: "from the moment that a gateway can answer to the end of ready",
    rounds: 150,
    goals: &[Goal::p99_at_most("lag", 20.0)],
    needs: &[("smoke", &["--source", "--artifacts"])],
    set_up,
};

fn set_up(subject: &Subject) -> Result<Round<'_>> {
    let sources: Vec<(&str, Utf8PathBuf)> =
        WAYS.iter().map(|way| Ok((*way, source(subject, way)?))).collect::<Result<_>>()?;
    Ok(Box::new(move |round| {
        let (way, source) = &sources[round % sources.len()];
        // Both programs that are compared get the same moments.
        let delay = fastrand::Rng::with_seed(round as u64).u64(0..LONGEST_MS);
        let late = once(subject, source, delay)?;
        Ok(vec![
            Sample::milliseconds("lag", late),
            Sample::milliseconds(format!("until then {way}"), late),
        ])
    }))
}

/// A repository whose gateway is that of this bench.
fn source(subject: &Subject, way: &str) -> Result<Utf8PathBuf> {
    // The program that measures, and not the one that is measured: an older one has no such gateway.
    let program = std::env::current_exe().context("find this program")?.display().to_string();
    let plan = plan(subject);
    let command = json!([program, "late-gateway", "{{PROXY_PORT}}", way, plan]);
    let profile = format!(
        "name = \"late\"\n[gateway]\ncommand = {command}\ntools = [\"{TOOL}\"]\n\
         [deadlines]\nready = \"30s\"\n"
    );
    subject.place.repository(way, &[("smoke.toml", &profile)])
}

fn plan(subject: &Subject) -> Utf8PathBuf {
    subject.place.path().join("plan")
}

/// One run; returns how late its gateway was noticed, in seconds.
fn once(subject: &Subject, source: &Utf8Path, delay: u64) -> Result<f64> {
    let (place, plan) = (&subject.place, plan(subject));
    fs::write(&plan, delay.to_string()).context("write a plan")?;
    let artifacts = place.folder("artifacts")?;
    let argv = [subject.program.path.as_str(), "smoke", "--source", source.as_str()];
    place.run(&[&argv[..], &["--artifacts", artifacts.as_str()]].concat(), place.path())?;
    let ready = ready(&artifacts.join("latest"))?;
    let moment = fs::read_to_string(format!("{plan}.moment")).context("read the moment")?;
    let moment = Duration::from_micros(moment.trim().parse().context("read the moment")?);
    fs::remove_dir_all(&artifacts).context("remove a run folder")?;
    Ok(ready.as_secs_f64() - moment.as_secs_f64())
}

/// When `ready` was over, since 1970.
fn ready(folder: &Utf8Path) -> Result<Duration> {
    let text = fs::read_to_string(folder.join("run.json")).context("read a record")?;
    let record: Value = serde_json::from_str(&text).context("read a record")?;
    let began = humantime::parse_rfc3339(record["started_at"].as_str().unwrap_or_default());
    let began = began.context("read a record")?.duration_since(SystemTime::UNIX_EPOCH)?;
    let events = fs::read_to_string(folder.join("events.jsonl")).context("read events")?;
    let events = events.lines().filter_map(|line| serde_json::from_str::<Timed>(line).ok());
    let mut over = events.filter(
        |timed| matches!(&timed.event, Event::StepFinished { step, .. } if step == "ready"),
    );
    let over = over.next().context("the run has no end of `ready`")?;
    Ok(began + Duration::from_millis(over.t_ms))
}
