//! `cargo xtask runs`: what earlier runs left, and what can be learnt from it.

mod clean;
mod diff;
mod found;
mod kept;
mod list;
mod show;
mod stats;
pub mod table;
mod worklog;

use std::time::Duration;

use anyhow::Result;
use camino::Utf8PathBuf;
use smoke_core::project;
use smoke_record::screen;

use crate::cli::output::Format;
use found::Found;

/// Arguments of `runs`.
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cargo xtask runs                            all runs, the newest first
  cargo xtask runs show latest                how the newest one went, step by step
  cargo xtask runs show 20261122-17 --report  make the report of a run again
  cargo xtask runs diff 20261121 latest       what got slower, and what else changed
  cargo xtask runs stats --last 50            pass rate, flaky steps, times
  cargo xtask runs clean --keep 20 --dry-run  what would be deleted
  cargo xtask runs log --markdown             a worklog to paste")]
pub struct Args {
    /// What to do [default: list]
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Where run folders are [default: target/smoke of the repository that runs this]
    #[arg(long, value_name = "DIR", global = true)]
    pub artifacts: Option<Utf8PathBuf>,
    /// Print text, or JSON
    #[arg(long, value_enum, default_value_t = Format::Human, global = true)]
    pub format: Format,
}

/// What can be done with runs.
#[derive(clap::Subcommand, Clone, Debug)]
pub enum Command {
    /// List runs, the newest first
    #[command(after_help = "\
Examples:
  cargo xtask runs list --last 10")]
    List(Which),
    /// Show a run
    #[command(after_help = "\
Examples:
  cargo xtask runs show latest
  cargo xtask runs show 20261122-17 --report")]
    Show {
        /// Its id, the beginning of it, or `latest`
        run: String,
        /// Make its report.html and junit.xml again
        #[arg(long)]
        report: bool,
    },
    /// Compare two runs
    #[command(after_help = "\
Examples:
  cargo xtask runs diff 20261121 latest")]
    Diff {
        /// The earlier one: its id, the beginning of it, or `latest`
        before: String,
        /// The later one
        #[arg(default_value = "latest")]
        after: String,
    },
    /// How often runs pass, which steps are flaky, and how long they take
    #[command(after_help = "\
Examples:
  cargo xtask runs stats --last 50
  cargo xtask runs stats --profile embedded")]
    Stats(Which),
    /// Delete run folders; never one of a run that goes on or waits for a person
    #[command(after_help = "\
Examples:
  cargo xtask runs clean --older-than 14days
  cargo xtask runs clean --keep 20 --dry-run
  cargo xtask runs clean --kept               what setups and builds have left")]
    Clean(Clean),
    /// The worklog: command, duration and result of each run, the oldest first
    #[command(after_help = "\
Examples:
  cargo xtask runs log --markdown --last 5")]
    Log {
        #[command(flatten)]
        which: Which,
        /// As a Markdown table
        #[arg(long)]
        markdown: bool,
    },
}

/// Which runs.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Which {
    /// Only the newest ones
    #[arg(long, value_name = "COUNT")]
    pub last: Option<usize>,
    /// Only those of this profile
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
}

/// What to delete.
#[derive(clap::Args, Clone, Debug)]
#[group(required = true, multiple = true, id = "limit", args = ["older_than", "keep", "max_size", "kept"])]
pub struct Clean {
    /// Those that started longer ago, such as `14days` or `12h`
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub older_than: Option<Duration>,
    /// All but the newest ones
    #[arg(long, value_name = "COUNT")]
    pub keep: Option<usize>,
    /// The oldest ones, until the others fit into so many MiB
    #[arg(long, value_name = "MIB")]
    pub max_size: Option<u64>,
    /// What setups and builds have left for later runs as well, or alone
    #[arg(long)]
    pub kept: bool,
    /// Only say what would be deleted
    #[arg(long)]
    pub dry_run: bool,
}

/// Does what is asked for. Returns the exit code.
///
/// # Errors
/// There is no such run, or its files cannot be read or written.
pub fn runs(args: &Args) -> Result<u8> {
    let artifacts = match &args.artifacts {
        Some(given) => given.clone(),
        None => project::root(&project::inherited()?)?.join("target/smoke"),
    };
    let json = args.format == Format::Json;
    let mut found = found::all(&artifacts)?;
    match args.command.clone().unwrap_or(Command::List(Which::default())) {
        Command::List(which) => list::list(&only(&mut found, &which), json),
        Command::Show { run, report } => show::show(found::one(&found, &run)?, report, json)?,
        Command::Diff { before, after } => {
            let (before, after) = (found::one(&found, &before)?, found::one(&found, &after)?);
            diff::diff(before.record()?, after.record()?, json);
        }
        Command::Stats(which) => stats::stats(&only(&mut found, &which), json),
        Command::Clean(clean) => {
            clean::clean(&artifacts, &found, &clean)?;
            let root = project::root(&project::inherited()?)?;
            kept::clean(&project::target(&root).join("smoke"), &clean);
        }
        Command::Log { which, markdown } => worklog::log(&only(&mut found, &which), markdown, json),
    }
    Ok(0)
}

/// The runs that are asked for, the newest first. Those that cannot be read are said, and left out.
fn only<'a>(found: &'a mut Vec<Found>, which: &Which) -> Vec<&'a Found> {
    for broken in found.iter().filter_map(|found| found.record.as_ref().err().map(|e| (found, e))) {
        screen::say(&format!("passed over {}: {}", broken.0.path, broken.1));
    }
    let wanted = |found: &Found| {
        let profile = found.record.as_ref().map(|record| record.profile.as_str());
        profile.is_ok_and(|profile| which.profile.as_ref().is_none_or(|wanted| wanted == profile))
    };
    found.retain(wanted);
    found.truncate(which.last.unwrap_or(usize::MAX));
    found.iter().collect()
}

/// Prints `value` as JSON.
fn print_json(value: &impl serde::Serialize) {
    screen::print(&format!("{}\n", serde_json::to_string_pretty(value).unwrap_or_default()));
}
