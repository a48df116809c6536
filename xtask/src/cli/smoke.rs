//! The flags of `smoke` and `smoke-manual`: those of a run, and what else can be done.

use clap::Args;

use super::run::RunArgs;

/// Flags of `smoke` and `smoke-manual`.
#[derive(Args, Clone, Debug)]
pub struct SmokeArgs {
    #[command(flatten)]
    /// The flags of the run.
    pub run: RunArgs,
    #[command(flatten)]
    /// What else is to be done.
    pub instead: InsteadArgs,
}

impl SmokeArgs {
    /// The same, with every stage left to a person.
    pub fn all_manual(mut self) -> Self {
        self.run.manual.all = true;
        self
    }
}

/// What is done instead of one run from its beginning to its end.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Instead of one run")]
pub struct InsteadArgs {
    /// Print the steps of the run, and do nothing
    #[arg(long)]
    pub plan_only: bool,
    /// Run COUNT times, report how many passed and the causes
    #[arg(
        long,
        value_name = "COUNT",
        value_parser = clap::value_parser!(u32).range(1..),
        conflicts_with_all = ["resume", "manual", "manual_stage", "plan_only", "cleanup_only"]
    )]
    pub repeat: Option<u32>,
    /// Run until a run fails, at most as often as --repeat says
    #[arg(
        long,
        conflicts_with_all = ["resume", "manual", "manual_stage", "plan_only", "cleanup_only"],
        hide_short_help = true
    )]
    pub until_fail: bool,
    /// Go on where a run stopped for a person
    ///
    /// The run is the one that was left in --workspace.
    #[arg(long, requires = "workspace")]
    pub resume: bool,
    /// Write a first smoke.toml into the source, and try it
    ///
    /// It is made from what is found there, and never replaces one.
    #[arg(long, conflicts_with_all = ["profile", "plan_only", "manual", "resume"])]
    pub init: bool,
    /// With --init: make it of this package or client's list
    #[arg(long, value_name = "FILE", requires = "init", hide_short_help = true)]
    pub from: Option<String>,
    /// With --init: write it, and run nothing
    #[arg(long, requires = "init", hide_short_help = true)]
    pub no_try: bool,
    /// End and delete what kept workspaces hold
    ///
    /// What they still run is ended, then they are deleted; with --workspace only that one.
    #[arg(long)]
    pub cleanup_only: bool,
}
