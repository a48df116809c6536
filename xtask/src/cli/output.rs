//! The flags about what is kept and shown.

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};
use smoke_record::options::Capture;
use smoke_record::screen::Level;

/// What is kept and shown.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "What is kept and shown")]
pub struct OutputArgs {
    /// Put run folders here [default: target/smoke of the repository that runs this]
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    pub artifacts: Option<Utf8PathBuf>,
    /// Print this on stdout
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Show all output of all steps as it comes
    #[arg(short, long, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Show only how it ended
    #[arg(short, long)]
    pub quiet: bool,
    /// Keep a snapshot of the tool list after every stage, and ask the servers for debug logs
    #[arg(long, hide_short_help = true)]
    pub capture_debug_tools: bool,
    /// Keep what the system says about itself before and after the run
    #[arg(long, hide_short_help = true)]
    pub capture_diag_logs: bool,
    /// Go on when the system says nothing about itself
    #[arg(long, hide_short_help = true)]
    pub force_no_logs: bool,
}

/// What stdout gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people
    Human,
    /// JSON for programs
    Json,
}

impl OutputArgs {
    /// How much of the run the screen shows.
    pub fn level(&self) -> Level {
        match (self.quiet, self.verbose) {
            (true, _) => Level::Quiet,
            (_, true) => Level::Verbose,
            _ => Level::Normal,
        }
    }

    /// What is kept besides the record.
    pub fn capture(&self) -> Capture {
        Capture {
            debug_tools: self.capture_debug_tools,
            diag_logs: self.capture_diag_logs,
            force_no_logs: self.force_no_logs,
        }
    }
}
