//! How the cost of bundle-install grows with the bundle: in time at most as the bundle does, and
//! in memory by a small multiple of its size.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};

use super::measure::{self, Cost};

/// The numbers of servers, each ten times the one before.
const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];

/// How often each is measured.
const ROUNDS: usize = 5;

/// One size, measured.
struct Row {
    servers: usize,
    /// The size of the catalog, in bytes.
    input: u64,
    /// Into an empty config home.
    fresh: Cost,
    /// Once more, with nothing to do.
    again: Cost,
    /// One server more, and the gateway's config rendered with all of them.
    render: Cost,
}

/// Measures every size, and returns a table for people and the same for programs.
pub fn run(program: &Utf8Path) -> Result<(String, Value)> {
    let folder = tempfile::Builder::new().prefix("smoke-bench-").tempdir();
    let folder = folder.context("make a folder")?;
    let path = Utf8Path::from_path(folder.path()).context("the folder's path is not UTF-8")?;
    let rows: Result<Vec<Row>> = SIZES.iter().map(|&size| row(program, path, size)).collect();
    let rows = rows?;
    Ok((table(&rows), document(&rows)))
}

fn row(program: &Utf8Path, folder: &Utf8Path, servers: usize) -> Result<Row> {
    let bench = Bench { program, home: folder.join("home"), folder };
    let large = bench.bundle("large", servers)?;
    let one = bench.bundle("one", 1)?;
    let input = fs::metadata(large.join("catalog.json")).context("look at the bundle")?.len();
    let (mut fresh, mut again, mut render) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        fresh.push(bench.install(&large, &["--no-restart"])?);
        again.push(bench.install(&large, &["--no-restart"])?);
        render.push(bench.render(&one)?);
        fs::remove_dir_all(&bench.home).context("remove the config home")?;
    }
    let [fresh, again, render] = [fresh, again, render].map(measure::median);
    Ok(Row { servers, input, fresh, again, render })
}

struct Bench<'a> {
    program: &'a Utf8Path,
    folder: &'a Utf8Path,
    home: Utf8PathBuf,
}

impl Bench<'_> {
    fn bundle(&self, name: &str, servers: usize) -> Result<Utf8PathBuf> {
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder).context("make a bundle")?;
        let servers: Vec<Value> = (0..servers).map(|number| server(name, number)).collect();
        let catalog = json!({"schemaVersion": 1, "name": name, "servers": servers});
        fs::write(folder.join("catalog.json"), format!("{catalog:#}")).context("write a bundle")?;
        Ok(folder)
    }

    fn install(&self, bundle: &Utf8Path, more: &[&str]) -> Result<Cost> {
        let mut command = Command::new(self.program);
        command
            .args(["bundle-install", "--bundle", bundle.as_str()])
            .args(["--config-home", self.home.as_str()])
            .args(more)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.folder);
        measure::run(&mut command)
    }

    /// The gateway's config is there and no gateway runs, so an install renders and waits for none.
    fn render(&self, bundle: &Utf8Path) -> Result<Cost> {
        let template = self.folder.join("template.json");
        fs::write(&template, r#"{"mcpServers": {}}"#).context("write a template")?;
        fs::write(self.home.join(".state/proxy.json"), "{}").context("write a config")?;
        self.install(bundle, &["--template", template.as_str()])
    }
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

fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "servers    input kB    fresh s  growth    again s  growth   render s  growth   \
         peak memory / input: fresh   again  render\n",
    );
    let mut before: Option<&Row> = None;
    for row in rows {
        let growth = |cost: fn(&Row) -> Cost| {
            let ratio = before.map(|before| cost(row).seconds / cost(before).seconds);
            ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.1}x"))
        };
        text.push_str(&format!(
            "{:>7} {:>11.1} {:>10.4} {:>7} {:>10.4} {:>7} {:>10.4} {:>7}   {:>25.1} {:>7.1} {:>7.1}\n",
            row.servers,
            row.input as f64 / 1000.0,
            row.fresh.seconds,
            growth(|row| row.fresh),
            row.again.seconds,
            growth(|row| row.again),
            row.render.seconds,
            growth(|row| row.render),
            row.times_input(row.fresh),
            row.times_input(row.again),
            row.times_input(row.render),
        ));
        before = Some(row);
    }
    text
}

impl Row {
    fn times_input(&self, cost: Cost) -> f64 {
        cost.peak as f64 / self.input as f64
    }
}

fn document(rows: &[Row]) -> Value {
    let cost = |cost: Cost| json!({"seconds": cost.seconds, "peak_bytes": cost.peak});
    let rows = rows.iter().map(|row| {
        json!({
            "servers": row.servers, "input_bytes": row.input, "fresh": cost(row.fresh),
            "again": cost(row.again), "render": cost(row.render),
        })
    });
    json!({"schema": 1, "bench": "bundle", "rounds": ROUNDS, "rows": rows.collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_shows_the_growth() {
        let row = |servers: usize, seconds| {
            let cost = Cost { seconds, peak: 4_000 };
            Row { servers, input: 1_000, fresh: cost, again: cost, render: cost }
        };
        let rows = [row(10, 0.5), row(100, 4.0)];
        let text = table(&rows);
        assert_eq!(text.lines().last().unwrap().matches("8.0x").count(), 3, "{text}");
        assert_eq!(document(&rows)["rows"][1]["fresh"]["seconds"], 4.0);
    }
}
