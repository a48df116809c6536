//! What a run is asked to do.

use std::time::Duration;

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::profile::Profile;
use crate::screen::Level;

/// Arguments of `smoke` and `smoke-manual`.
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
#[command(
    next_help_heading = "What to run",
    after_help = "\
Examples:
  cargo xtask smoke                          the stack of this repository
  cargo xtask smoke --source ../other        another repository, by its smoke.toml
  cargo xtask smoke --plan-only              what would be done
  cargo xtask smoke --inject list            the faults that can be played
  cargo xtask smoke --manual-stage install   stop before a stage, for a person to do it
  cargo xtask smoke --repeat 20 -q           does it always pass?
  cargo xtask smoke --format json > run.json"
)]
pub struct SmokeArgs {
    /// A built-in profile, or the path of a profile [default: smoke.toml of the source, else embedded]
    #[arg(long, value_name = "NAME|FILE")]
    pub profile: Option<String>,
    /// The repository to clone [default: the one that runs this]
    #[arg(long, value_name = "DIR")]
    pub source: Option<Utf8PathBuf>,
    /// The commit to test
    #[arg(long, default_value = "HEAD")]
    pub rev: String,
    /// Where to clone the gateway from, for a profile that has its own
    #[arg(long, value_name = "DIR")]
    pub proxy_source: Option<String>,
    /// What keeps the gateway running [default: the profile's, else embedded]
    #[arg(long, value_enum)]
    pub supervisor: Option<SupervisorKind>,
    /// Who makes the stages' calls [default: the profile's, else scripted]
    #[arg(long, value_enum)]
    pub agent: Option<AgentKind>,
    /// Who answers the Codex CLI [default: the profile's, else live]
    #[arg(long, value_enum)]
    pub model: Option<ModelKind>,
    /// Write a first smoke.toml into the source, from what it finds there
    #[arg(long, conflicts_with_all = ["profile", "plan_only", "manual", "resume"])]
    pub init: bool,
    /// Print the plan and do nothing
    #[arg(long)]
    pub plan_only: bool,
    /// Play a fault on the stack to see what it looks like; `list` lists them
    #[arg(long, value_name = "FAULT")]
    pub inject: Option<String>,
    /// Build the gateway even if this very tree was built before
    #[arg(long)]
    pub cold: bool,
    /// Run it so often, and say at the end how often it passed and why it did not
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..), conflicts_with_all = ["resume", "manual", "manual_stage", "plan_only", "cleanup_only"])]
    #[serde(default)]
    pub repeat: Option<u32>,
    /// Run it until it fails, or as often as --repeat says
    #[arg(long, conflicts_with_all = ["resume", "manual", "manual_stage", "plan_only", "cleanup_only"])]
    #[serde(default)]
    pub until_fail: bool,
    /// Whether the profile is that of the tested commit, whatever the work tree has.
    #[arg(skip)]
    #[serde(default)]
    pub committed: bool,

    /// Stop before this stage, for a person to do it; can be given more than once
    #[arg(long, value_name = "STAGE", help_heading = "Stages for a person")]
    pub manual_stage: Vec<String>,
    /// Leave every stage to a person, as smoke-manual does
    #[arg(long, help_heading = "Stages for a person")]
    pub manual: bool,
    /// Go on where a run stopped for a person; needs --workspace
    #[arg(long, requires = "workspace", help_heading = "Stages for a person")]
    pub resume: bool,

    #[command(flatten)]
    /// About the workspace.
    pub workspace: WorkspaceArgs,
    #[command(flatten)]
    /// About deadlines.
    pub limits: LimitArgs,
    #[command(flatten)]
    /// About the parts of the stack.
    pub parts: PartArgs,

    /// Where run folders go [default: target/smoke of the repository that runs this]
    #[arg(long, value_name = "DIR", help_heading = "What is kept and shown")]
    pub artifacts: Option<Utf8PathBuf>,
    /// What stdout gets: nothing, or the run record
    #[arg(long, value_enum, default_value_t = Format::Human, help_heading = "What is kept and shown")]
    pub format: Format,
    /// Show all output of all steps as it comes
    #[arg(short, long, conflicts_with = "quiet", help_heading = "What is kept and shown")]
    #[serde(default)]
    pub verbose: bool,
    /// Show only how it ended
    #[arg(short, long, help_heading = "What is kept and shown")]
    #[serde(default)]
    pub quiet: bool,
    /// Keep a snapshot of the tool list after every stage, and ask the servers for debug logs
    #[arg(long, help_heading = "What is kept and shown")]
    pub capture_debug_tools: bool,
    /// Keep what the system says about itself before and after the run
    #[arg(long, help_heading = "What is kept and shown")]
    pub capture_diag_logs: bool,
    /// Go on when the system says nothing about itself
    #[arg(long, help_heading = "What is kept and shown")]
    pub force_no_logs: bool,
}

/// Arguments about the workspace.
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
#[command(next_help_heading = "Workspace")]
pub struct WorkspaceArgs {
    /// Use this folder instead of a new one below TMPDIR
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<Utf8PathBuf>,
    /// Keep the workspace when the run is over
    #[arg(long)]
    pub keep_workspace: bool,
    /// Use what a named workspace holds already (the default)
    #[arg(long, overrides_with = "no_reuse_workspace", requires = "workspace")]
    pub reuse_workspace: bool,
    /// Delete what a named workspace holds, and start afresh
    #[arg(long, requires = "workspace")]
    pub no_reuse_workspace: bool,
    /// The same as --no-reuse-workspace: also by force, only a marked workspace is ever deleted
    #[arg(long, requires = "workspace", conflicts_with = "reuse_workspace")]
    pub force_workspace: bool,
    /// Use a clone that is not at the commit to test
    #[arg(long, requires = "workspace")]
    pub force_outdated: bool,
    /// Clone and install again in a workspace that is reused
    #[arg(long, requires = "workspace")]
    pub force_bootstrap: bool,
    /// Stop before the stack is started, and keep the workspace
    #[arg(long, conflicts_with = "skip_bootstrap")]
    pub bootstrap_only: bool,
    /// With --bootstrap-only: leave out the build
    #[arg(long, requires = "bootstrap_only")]
    pub no_bootstrap_build: bool,
    /// Start the stack that a reused workspace holds, without cloning or installing
    #[arg(long, requires = "workspace", conflicts_with = "no_reuse_workspace")]
    pub skip_bootstrap: bool,
    /// End what kept workspaces still run, delete them (or only --workspace), and exit
    #[arg(long)]
    pub cleanup_only: bool,
}

/// Arguments about deadlines.
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
#[command(next_help_heading = "Deadlines")]
pub struct LimitArgs {
    /// Seconds until the started gateway must serve its tools [default: the profile's, else 90]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub restart_timeout: Option<u64>,
    /// How often to start the gateway once more when that time is over
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub restart_retries: usize,
    /// Seconds that a command may be silent; 0 leaves only its deadline
    #[arg(long, value_name = "SECONDS", default_value_t = 240)]
    pub heartbeat_timeout: u64,
}

impl SmokeArgs {
    /// How much of the run the screen shows.
    pub fn level(&self) -> Level {
        match (self.quiet, self.verbose) {
            (true, _) => Level::Quiet,
            (_, true) => Level::Verbose,
            _ => Level::Normal,
        }
    }
}

impl LimitArgs {
    /// How long a command may be silent.
    pub fn heartbeat(&self) -> Option<Duration> {
        Some(Duration::from_secs(self.heartbeat_timeout)).filter(|limit| !limit.is_zero())
    }
}

/// Arguments about the parts of the stack.
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
#[command(next_help_heading = "Parts of the stack")]
pub struct PartArgs {
    /// The port of the gateway [default: a free one between 18000 and 24000]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// The Python interpreter of the stack [default: .venv of the source, else python3]
    #[arg(long, value_name = "FILE")]
    pub python_bin: Option<Utf8PathBuf>,
    /// The pm2 to use [default: the profile's, else PM2, else the one on PATH]
    #[arg(long, value_name = "FILE")]
    pub pm2: Option<Utf8PathBuf>,
    /// The Codex CLI [default: codex on PATH]
    #[arg(long, value_name = "FILE")]
    pub codex_cli: Option<Utf8PathBuf>,
    /// The folder to take the login of Codex from [default: CODEX_HOME, else ~/.codex]
    #[arg(long, value_name = "DIR")]
    pub codex_home: Option<Utf8PathBuf>,
    /// A release of codex-mcp-wrapper to copy into the config home
    #[arg(long, value_name = "DIR")]
    pub wrapper_release: Option<Utf8PathBuf>,
    /// GOFLAGS for the build [default: what Go uses by itself]
    #[arg(long, allow_hyphen_values = true, value_name = "FLAGS")]
    pub go_flags: Option<String>,
    /// GOMAXPROCS for the build [default: what Go uses by itself]
    #[arg(long, value_name = "COUNT")]
    pub gomaxprocs: Option<String>,
    /// Which of the profile's checks to run
    #[arg(long, value_enum, default_value_t = Scope::Structural)]
    pub pytest_scope: Scope,
    /// Nothing to do here: a run has a pm2 daemon of its own, and never touches another one
    #[arg(long, conflicts_with = "pm2_kill")]
    pub no_pm2_kill: bool,
    /// Nothing to do here: the run's own pm2 daemon is always ended
    #[arg(long)]
    pub pm2_kill: bool,
    /// Nothing to do here: what listens on a port is never killed
    #[arg(long)]
    pub no_port_kill: bool,
}

/// What keeps the gateway running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupervisorKind {
    /// Our own: a small detached process
    Embedded,
    /// pm2, with a daemon of the run's own
    Pm2,
}

/// Who makes the stages' calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentKind {
    /// A scripted MCP client
    Scripted,
    /// The Codex CLI
    Codex,
}

/// Who answers the Codex CLI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// The model of the user's login or key
    Live,
    /// An endpoint of the run itself, which plays the stage's calls
    Scripted,
}

/// What stdout gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Text for people
    Human,
    /// JSON for programs
    Json,
}

/// Which of the profile's checks to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// None
    None,
    /// Those that look at the structure of the clone
    Structural,
    /// All
    Full,
}

/// Who plays the roles of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// What keeps the gateway running.
    pub supervisor: SupervisorKind,
    /// Who makes the stages' calls.
    pub agent: AgentKind,
    /// Who answers the agent, if it is one that asks a model.
    pub model: ModelKind,
}

impl Roles {
    /// What the arguments ask for, else the profile, else what every machine has.
    pub fn of(args: &SmokeArgs, profile: &Profile) -> Self {
        Self {
            supervisor: args.supervisor.or(profile.supervisor).unwrap_or(SupervisorKind::Embedded),
            agent: args.agent.or(profile.agent).unwrap_or(AgentKind::Scripted),
            model: args.model.or(profile.model).unwrap_or(ModelKind::Live),
        }
    }
}
