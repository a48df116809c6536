//! The options of a run, which say what it is asked to do: decided once, from the command line and the
//! profile, and plain data from then on.

mod choice;
mod roles;

use std::time::Duration;

use camino::Utf8PathBuf;

pub use choice::Choice;
pub use roles::{Cast, ModelKind, Roles, SupervisorKind};

/// What a run is asked to do. Without flags and a profile that says otherwise, it is the default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// Who plays the roles.
    pub roles: Roles,
    /// How much of a run it is.
    pub extent: Extent,
    /// Which of the profile's checks are run.
    pub scope: Scope,
    /// Which stages a person does.
    pub manual: Manual,
    /// Where it works, and what becomes of what is there already.
    pub workspace: WorkspaceOptions,
    /// How long it waits.
    pub limits: Limits,
    /// What the stack is made of.
    pub parts: Parts,
    /// What is kept of it besides its record.
    pub capture: Capture,
    /// Whether nothing that earlier runs have built or set up is used.
    pub cold: bool,
    /// The fault to play on the stack.
    pub fault: Option<String>,
}

/// How much of a run it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    #[default]
    Full,
    /// What comes before the start of the stack.
    Bootstrap {
        /// Whether the build is a part of it.
        build: bool,
    },
    /// What comes after that, with what a workspace holds already.
    Boot,
}

/// Which stages a person does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Manual {
    /// None.
    #[default]
    None,
    /// Those with these names; the run stops before each.
    Stages(Vec<String>),
    /// All of them, by one playbook.
    All,
}

impl Manual {
    /// Whether a person does the stage of this name.
    pub fn has(&self, stage: &str) -> bool {
        match self {
            Self::None => false,
            Self::Stages(names) => names.iter().any(|name| name == stage),
            Self::All => true,
        }
    }
}

/// Where a run works.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkspaceOptions {
    /// The folder, if it is not to be a new one.
    pub path: Option<Utf8PathBuf>,
    /// Whether it stays when the run is over.
    pub keep: bool,
    /// Whether what it holds is deleted first.
    pub replace: bool,
    /// Whether a clone in it is used that is not at the commit to test.
    pub force_outdated: bool,
    /// Whether all is cloned and installed again in it.
    pub force_bootstrap: bool,
}

/// How long a run waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long the gateway has, once it was started, to serve its tools, if the profile is not to say.
    pub restart: Option<Duration>,
    /// How often it is started once more when that time is over.
    pub retries: u32,
    /// How long a command may be silent.
    pub heartbeat: Option<Duration>,
}

impl Limits {
    /// How long a command may be silent if nothing else is asked for, in seconds.
    pub const HEARTBEAT_S: u64 = 240;
}

impl Default for Limits {
    fn default() -> Self {
        let heartbeat = Some(Duration::from_secs(Self::HEARTBEAT_S));
        Self { restart: None, retries: 0, heartbeat }
    }
}

/// What the stack is made of, as far as it is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// The port of the gateway.
    pub port: Option<u16>,
    /// Where the gateway is cloned from, for a profile that has its own.
    pub gateway_source: Option<String>,
    /// The Python interpreter.
    pub python: Option<Utf8PathBuf>,
    /// The pm2.
    pub pm2: Option<Utf8PathBuf>,
    /// The Codex CLI.
    pub codex_cli: Option<Utf8PathBuf>,
    /// The program of the agent.
    pub agent_cli: Option<Utf8PathBuf>,
    /// The command line of the agent, in place of the one that is found.
    pub agent: Option<Vec<String>>,
    /// The folder that the login of Codex is taken from.
    pub codex_home: Option<Utf8PathBuf>,
    /// A release of codex-mcp-wrapper.
    pub wrapper_release: Option<Utf8PathBuf>,
    /// GOFLAGS.
    pub go_flags: Option<String>,
    /// GOMAXPROCS.
    pub gomaxprocs: Option<String>,
}

/// What is kept of a run besides its record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capture {
    /// The tool list after every stage, and debug logs of the servers.
    pub debug_tools: bool,
    /// What the system says about itself before and after the run.
    pub diag_logs: bool,
    /// Whether the run goes on when the system says nothing.
    pub force_no_logs: bool,
}

/// Which of the profile's checks are run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// None of those that have a scope.
    None,
    /// Those that look at the structure of the clone.
    #[default]
    Structural,
    /// All.
    Full,
}

impl Choice for Scope {
    const ALL: &'static [Self] = &[Self::None, Self::Structural, Self::Full];

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::None => ("none", "None"),
            Self::Structural => ("structural", "Those that look at the structure of the clone"),
            Self::Full => ("full", "All"),
        }
    }
}
