//! The bench `bundle`: how the cost of bundle-install grows with the bundle, in time at most as the bundle
//! does, and in memory by a small multiple of its size.

use std::fs;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};

use super::goal::Goal;
use super::measure::Cost;
use super::sample::Sample;
use super::{Bench, Round, Subject};

/// The numbers of servers, each ten times the one before.
const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];

/// Times what it takes to install bundles.
pub const BENCH: Bench = Bench {
    name: "bundle",
    summary: "bundle-install of 10 to 10,000 servers, fresh and again, by the size of the bundle",
    rounds: 5,
    goals: &[Goal::at_most("growth", 12.0)],
    needs: &[("bundle-install", &["--bundle", "--config-home", "--template", "--no-restart"])],
    set_up,
};

fn set_up(subject: &Subject) -> Result<Round<'_>> {
    let one = bundle(subject, "one", 1)?;
    let bundles = SIZES.map(|size| bundle(subject, &format!("large-{size}"), size));
    let bundles: Vec<Utf8PathBuf> = bundles.into_iter().collect::<Result<_>>()?;
    Ok(Box::new(move |_| {
        let costs = bundles.iter().map(|bundle| three(subject, bundle, &one));
        Ok(samples(&costs.collect::<Result<Vec<_>>>()?))
    }))
}

/// What one size costs.
struct Costs {
    /// The size of the catalog, in bytes.
    input: u64,
    /// By name: into an empty config home; once more, with nothing to do; and one server more, with
    /// the gateway's config rendered for all of them.
    costs: [(&'static str, Cost); 3],
}

fn three(subject: &Subject, large: &Utf8Path, one: &Utf8Path) -> Result<Costs> {
    let home = subject.place.path().join("config-home");
    let input = fs::metadata(large.join("catalog.json")).context("look at the bundle")?.len();
    let fresh = install(subject, large, &home, &["--no-restart"])?;
    let again = install(subject, large, &home, &["--no-restart"])?;
    let render = render(subject, one, &home)?;
    fs::remove_dir_all(&home).context("remove the config home")?;
    Ok(Costs { input, costs: [("fresh", fresh), ("again", again), ("render", render)] })
}

fn install(subject: &Subject, bundle: &Utf8Path, home: &Utf8Path, more: &[&str]) -> Result<Cost> {
    let install = [subject.program.path.as_str(), "bundle-install", "--bundle", bundle.as_str()];
    let argv = [&install[..], &["--config-home", home.as_str()], more].concat();
    subject.place.run_watched(&argv, subject.place.path())
}

/// The gateway's config is there and no gateway runs, so an install renders and waits for none.
fn render(subject: &Subject, bundle: &Utf8Path, home: &Utf8Path) -> Result<Cost> {
    let template = subject.place.path().join("template.json");
    fs::write(&template, r#"{"mcpServers": {}}"#).context("write a template")?;
    fs::write(home.join(".state/proxy.json"), "{}").context("write a config")?;
    install(subject, bundle, home, &["--template", template.as_str()])
}

fn bundle(subject: &Subject, name: &str, servers: usize) -> Result<Utf8PathBuf> {
    let folder = subject.place.folder(name)?;
    let servers: Vec<Value> = (0..servers).map(|number| server(name, number)).collect();
    let catalog = json!({"schemaVersion": 1, "name": name, "servers": servers});
    fs::write(folder.join("catalog.json"), format!("{catalog:#}")).context("write a bundle")?;
    Ok(folder)
}

fn server(bundle: &str, number: usize) -> Value {
    let tool = |tool: usize| json!({"name": format!("tool_{number}_{tool}"), "description": "Says what it was told, and when."});
    json!({
        "name": format!("{bundle}-{number}"),
        "transport": "stdio",
        "command": "/bin/sh",
        "args": ["-c", "exec cat"],
        "env": {"NUMBER": number.to_string()},
        "description": "A server that is like all the others.",
        "source": "https://example.org/server",
        "tools": (0..3).map(tool).collect::<Vec<_>>(),
        "installRef": format!("{bundle}:{number}"),
    })
}

/// The times of all sizes, how each grows from one size to the next, and the memory of the largest.
fn samples(sizes: &[Costs]) -> Vec<Sample> {
    let mut named = sizes.iter().zip(SIZES);
    let times = named.clone().flat_map(|(size, servers)| {
        size.costs.map(|(name, cost)| {
            Sample::milliseconds(format!("{name}, {servers} servers"), cost.seconds)
        })
    });
    let growth = named.clone().skip(1).zip(sizes).flat_map(|((size, servers), before)| {
        let pairs = size.costs.into_iter().zip(before.costs);
        pairs.map(move |((name, cost), (_, before))| {
            let name = format!("growth: {name}, {servers} for {}", servers / 10);
            Sample::ratio(name, cost.seconds, before.seconds)
        })
    });
    let memory = named.next_back().into_iter().flat_map(|(size, servers)| {
        size.costs.map(|(name, cost)| {
            let name = format!("memory / bundle: {name}, {servers}");
            Sample::ratio(name, cost.peak as f64, size.input as f64)
        })
    });
    let size = sizes.last().map(|size| Sample::bytes("size of the largest bundle", size.input));
    times.chain(growth).chain(memory).chain(size).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_from_one_size_to_the_next() {
        let costs = |seconds| {
            let cost = Cost { seconds, cpu: 0.0, peak: 4_000 };
            let costs = ["fresh", "again", "render"].map(|name| (name, cost));
            Costs { input: 1_000, costs }
        };
        let found = samples(&[1.0, 2.0, 16.0, 16.0].map(costs));
        let value = |name: &str| found.iter().find(|sample| sample.measure == name).unwrap().value;
        assert_eq!(value("growth: fresh, 1000 for 100"), 8.0);
        assert_eq!(value("growth: render, 10000 for 1000"), 1.0);
        assert_eq!(value("again, 100 servers"), 2000.0);
        assert_eq!(value("memory / bundle: fresh, 10000"), 4.0);
        assert_eq!(found.len(), 12 + 9 + 3 + 1);
    }
}
