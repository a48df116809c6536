//! Runs of the embedded profile on the checkout of the measured program: what most benches of whole
//! runs are made of.

use std::fs;

use anyhow::{Context, Result};
use camino::Utf8Path;

use super::measure::{Cost, Running};
use super::{Subject, critical};

/// A run that has passed.
pub struct Run {
    /// What it took.
    pub cost: Cost,
    /// The seconds that it waited for others, if it tells.
    pub path: Option<f64>,
}

impl Subject {
    /// The command line of a run whose run folder is below `artifacts`.
    pub fn smoke(&self, artifacts: &Utf8Path) -> Vec<String> {
        let program = [self.program.path.as_str(), "smoke", "--profile", "embedded", "--quiet"];
        let tested = ["--source", self.program.checkout.as_str(), "--rev", &self.program.commit];
        let all = [&program[..], &tested, &["--artifacts", artifacts.as_str()]].concat();
        all.into_iter().map(str::to_owned).collect()
    }

    /// Starts a run.
    ///
    /// # Errors
    /// It cannot be started, or somebody asked to stop.
    pub fn start_run(&self, artifacts: &Utf8Path) -> Result<Running> {
        let argv = self.smoke(artifacts);
        let argv: Vec<&str> = argv.iter().map(String::as_str).collect();
        self.place.start(&argv, self.place.path())
    }

    /// Waits for a run, which has to pass.
    ///
    /// # Errors
    /// It does not, or somebody asked to stop.
    pub fn end_run(&self, run: Running) -> Result<Cost> {
        let (status, cost) = run.end(&self.place)?;
        self.place.check(&["smoke"], status)?;
        Ok(cost)
    }

    /// A run that passes.
    ///
    /// # Errors
    /// It does not pass, or somebody asked to stop.
    pub fn run(&self) -> Result<Run> {
        let artifacts = self.place.folder("artifacts")?;
        let cost = self.end_run(self.start_run(&artifacts)?)?;
        let path = critical::path(&artifacts.join("latest")).ok();
        fs::remove_dir_all(&artifacts).context("remove a run folder")?;
        Ok(Run { cost, path })
    }

    /// Builds the stack, so that the runs after this one find it built.
    ///
    /// # Errors
    /// The run does not pass, or somebody asked to stop.
    pub fn warm_up(&self) -> Result<()> {
        self.run().map(drop).context("a run to warm up")
    }
}
