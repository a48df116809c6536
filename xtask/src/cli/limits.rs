//! The flags about deadlines.

use std::time::Duration;

use clap::Args;
use smoke_record::options::Limits;

/// How long a run waits.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Deadlines")]
pub struct LimitArgs {
    /// Give the started gateway so many seconds to serve its tools [default: the profile's, else 90]
    #[arg(
        long,
        value_name = "SECONDS",
        value_parser = clap::value_parser!(u64).range(1..),
        hide_short_help = true
    )]
    pub restart_timeout: Option<u64>,
    /// Start the gateway once more when that time is over, at most so often
    #[arg(long, value_name = "COUNT", default_value_t = 0, hide_short_help = true)]
    pub restart_retries: u32,
    /// End a command that is silent for so many seconds; 0 leaves only its deadline
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = Limits::HEARTBEAT_S,
        hide_short_help = true
    )]
    pub heartbeat_timeout: u64,
}

impl LimitArgs {
    /// How long the run waits.
    pub fn limits(&self) -> Limits {
        let heartbeat = Duration::from_secs(self.heartbeat_timeout);
        Limits {
            restart: self.restart_timeout.map(Duration::from_secs),
            retries: self.restart_retries,
            heartbeat: Some(heartbeat).filter(|limit| !limit.is_zero()),
        }
    }
}
