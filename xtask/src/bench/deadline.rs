//! How much later than its deadline a step is over, with everything that its command started: for a
//! tree of processes that obeys, and for one that ignores INT and TERM.

use std::fs::{self, OpenOptions};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use smoke_core::environment::{Environment, Origin};
use smoke_core::sweep::Graces;
use smoke_core::{detached, short};
use xshell::{Shell, cmd};

/// The deadline of the measured step.
const DEADLINE: Duration = Duration::from_millis(300);

/// A tree of processes: its name, the script that makes it, how often it is measured, and what the
/// signals before the one that ends it take.
struct Tree {
    name: &'static str,
    script: &'static str,
    rounds: usize,
    graces: Duration,
}

/// Measures each tree, and returns a table for people and the same for programs.
pub fn run(program: &Utf8Path, environment: &Environment) -> Result<(String, Value)> {
    let folder = tempfile::Builder::new().prefix("bench-").tempdir().context("make a folder")?;
    let folder = Utf8PathBuf::try_from(folder.path().to_owned()).context("use a folder")?;
    let all = Graces::default();
    let trees = [
        Tree {
            name: "obeys",
            script: "sleep 600 & sleep 600 & sh -c 'sleep 600; :'",
            rounds: 100,
            graces: Duration::ZERO,
        },
        Tree {
            name: "ignores",
            script: "trap '' INT TERM; sleep 600 & while :; do sleep 0.05; done",
            rounds: 20,
            graces: all.int + all.term,
        },
    ];
    let mut table =
        format!("{:<8} {:>6} {:>8} {:>8} {:>8}\n", "tree", "rounds", "p50 ms", "p99 ms", "max ms");
    let mut rows = Vec::new();
    for tree in trees {
        let mut over = Vec::new();
        let source = source(&folder.join(tree.name), tree.script, environment)?;
        for _ in 0..tree.rounds {
            over.push(
                once(program, &source, environment)? - (DEADLINE + tree.graces).as_secs_f64(),
            );
        }
        over.sort_by(f64::total_cmp);
        let at = |share: usize| over[(over.len() - 1) * share / 100] * 1000.0;
        let (p50, p99, max) = (at(50), at(99), at(100));
        table += &format!("{:<8} {:>6} {p50:>8.0} {p99:>8.0} {max:>8.0}\n", tree.name, tree.rounds);
        rows.push(json!({"tree": tree.name, "rounds": tree.rounds, "p50_ms": p50, "p99_ms": p99, "max_ms": max}));
    }
    Ok((table, json!({"deadline_ms": DEADLINE.as_millis() as u64, "over": rows})))
}

/// A repository whose build runs `script`, and never ends by itself.
fn source(path: &Utf8Path, script: &str, environment: &Environment) -> Result<Utf8PathBuf> {
    fs::create_dir_all(path.join("home")).context("make a folder")?;
    let source = path.join("source");
    fs::create_dir_all(&source).context("make a folder")?;
    let (command, deadline) = (json!(["sh", "-c", script]), DEADLINE.as_millis());
    let profile = format!(
        "name = \"late\"\n[gateway]\ncommand = [\"true\"]\ntools = [\"none\"]\n\
         [gateway.build]\ncommand = {command}\noutput = \"none\"\n[deadlines]\nbuild = \"{deadline}ms\"\n"
    );
    fs::write(source.join("smoke.toml"), profile).context("write a profile")?;
    let shell = Shell::new()?;
    shell.change_dir(&source);
    let patience = Duration::from_secs(30);
    let author = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"];
    for command in [
        cmd!(shell, "git init --quiet ."),
        cmd!(shell, "git add smoke.toml"),
        cmd!(shell, "git {author...} commit --quiet --message late"),
    ] {
        short::read(command, environment, patience)?;
    }
    Ok(source)
}

/// One run; returns how long its build took, in seconds.
fn once(program: &Utf8Path, source: &Utf8Path, environment: &Environment) -> Result<f64> {
    let place = source.parent().context("find the place")?;
    let mut environment = environment.clone();
    environment.set("HOME", place.join("home").as_str(), Origin::Run);
    environment.set("CARGO_TARGET_DIR", place.join("target").as_str(), Origin::Run);
    let log = OpenOptions::new().create(true).append(true).open(place.join("stderr"))?;
    let arguments = ["smoke", "--source", source.as_str(), "--artifacts", place.as_str()];
    let argv: Vec<String> =
        [program.as_str()].into_iter().chain(arguments).map(str::to_owned).collect();
    let mut run = detached::start(&argv, place, &environment, Stdio::null(), &log)?;
    run.wait().context("wait for a run")?;
    let text = fs::read_to_string(place.join("latest/run.json")).context("read a record")?;
    let record: Value = serde_json::from_str(&text).context("read a record")?;
    let mut steps = record["steps"].as_array().into_iter().flatten();
    let build = steps.find(|step| step["id"] == "build" && step["outcome"] == "timed_out");
    let took = build.and_then(|step| step["duration_ms"].as_f64());
    Ok(took.with_context(|| format!("the build did not time out: {}", record["cause"]))? / 1000.0)
}
