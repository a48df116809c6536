//! What a run costs after a key of the gateway was changed, against one without a change: nothing is installed
//! anew for it.

use std::fs;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;

use super::goal::Goal;
use super::late_gateway::TOOL;
use super::sample::Sample;
use super::{Bench, Round, Subject};

/// Times runs whose key in `[gateway] env` is another one than that of the run before, and the same one.
pub const BENCH: Bench = Bench {
    name: "server-key",
    summary: "a run after a change of a key in [gateway] env, against one without",
    rounds: 20,
    goals: &[Goal::at_most("changed of unchanged", 1.1)],
    needs: &[("smoke", &["--source", "--artifacts"])],
    set_up,
};

fn set_up(subject: &Subject) -> Result<Round<'_>> {
    let source = subject.place.repository("keyed", &[("input.txt", "x\n")])?;
    // The first run installs, which takes its time.
    write(subject, &source, "first")?;
    run(subject, &source)?;
    Ok(Box::new(move |round| {
        let changed = |key: String| -> Result<f64> {
            write(subject, &source, &key)?;
            run(subject, &source)
        };
        let with = changed(format!("changed-{round}"))?;
        let without = run(subject, &source)?;
        Ok(vec![
            Sample::seconds("after a change", with),
            Sample::seconds("without one", without),
            Sample::ratio("changed of unchanged", with, without),
        ])
    }))
}

/// A profile whose setup takes two seconds, and whose gateway has the key.
fn write(subject: &Subject, source: &Utf8Path, key: &str) -> Result<()> {
    let program = std::env::current_exe().context("find this program")?.display().to_string();
    let plan = plan(subject);
    fs::write(&plan, "0").context("write a plan")?;
    let command = json!([program, "late-gateway", "{{PROXY_PORT}}", "closed", plan]);
    let profile = format!(
        "name = \"keyed\"\n[[setup]]\nname = \"slow\"\ncommand = [\"sleep\", \"2\"]\ninputs = [\"input.txt\"]\n\
         [gateway]\ncommand = {command}\ntools = [\"{TOOL}\"]\n[gateway.env]\nA_KEY = \"{key}\"\n"
    );
    fs::write(source.join("smoke.toml"), profile).context("write a profile")
}

fn plan(subject: &Subject) -> Utf8PathBuf {
    subject.place.path().join("key-plan")
}

fn run(subject: &Subject, source: &Utf8Path) -> Result<f64> {
    let (place, artifacts) = (&subject.place, subject.place.folder("artifacts")?);
    let words = [subject.program.path.as_str(), "smoke", "--source", source.as_str()];
    let cost =
        place.run(&[&words[..], &["--artifacts", artifacts.as_str()]].concat(), place.path())?;
    fs::remove_dir_all(&artifacts).context("remove a run folder")?;
    Ok(cost.seconds)
}
