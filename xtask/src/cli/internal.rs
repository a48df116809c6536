//! The arguments of commands that runs start, and nobody else.

use camino::Utf8PathBuf;
use clap::Args;
use smoke_harness::faults::misbehave::Misbehaviour;
use smoke_harness::guard::watch::Watched;

/// Arguments of `misbehave`.
#[derive(Args, Debug)]
pub struct MisbehaveArgs {
    /// How
    pub way: String,
    /// The port to do it on
    pub port: Option<u16>,
    /// The command to do it to, or to become afterwards
    #[arg(last = true)]
    pub command: Vec<String>,
}

/// Arguments of `guard`.
#[derive(Args, Debug)]
pub struct GuardArgs {
    /// The run's id
    pub run: String,
    /// The run's process
    pub run_process: i32,
    /// The run's folder
    pub run_folder: Utf8PathBuf,
}

/// Arguments of `supervise`.
#[derive(Args, Debug)]
pub struct SuperviseArgs {
    /// What to keep running, as JSON
    pub spec: Utf8PathBuf,
}

impl From<MisbehaveArgs> for Misbehaviour {
    fn from(MisbehaveArgs { way, port, command }: MisbehaveArgs) -> Self {
        Self { way, port, command }
    }
}

impl From<GuardArgs> for Watched {
    fn from(GuardArgs { run, run_process, run_folder }: GuardArgs) -> Self {
        Self { run, run_process, run_folder }
    }
}
