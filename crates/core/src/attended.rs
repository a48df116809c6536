//! A child that somebody waits for, within a bound.

use std::fmt;
use std::io;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use wait_timeout::ChildExt;

use crate::bound::Bound;
use crate::silence::Silence;

/// Why a command that was ended has not come to its end by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Its time was over.
    Late,
    /// It did nothing for too long.
    Still,
    /// A stop was asked for.
    Stopped,
}

/// A command that was ended before it had said what it was asked.
#[derive(Clone, Debug)]
pub struct Unanswered {
    /// The command, as it is shown.
    pub command: String,
    /// Why.
    pub why: Why,
    /// How long it had.
    pub after: Duration,
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (command, seconds) = (&self.command, self.after.as_secs_f64());
        match self.why {
            Why::Late => write!(f, "`{command}` took longer than {seconds:.1} s, and was ended"),
            Why::Still => {
                write!(f, "`{command}` came to a standstill, and was ended after {seconds:.1} s")
            }
            Why::Stopped => write!(f, "`{command}` was interrupted"),
        }
    }
}

impl std::error::Error for Unanswered {}

/// Waits for the exit of `child`, which leads a group. When its time is over, or when it does nothing for
/// too long, the group is killed; so it is a `grace` after a stop was asked for.
pub(crate) fn wait(
    child: &mut Child,
    bound: &Bound,
    grace: Duration,
) -> io::Result<Result<ExitStatus, Why>> {
    const TICK: Duration = Duration::from_millis(50);
    let mut stopped: Option<Instant> = None;
    let mut silence = Silence::new(bound.most_still());
    loop {
        let left = bound.left();
        if let Some(status) = child.wait_timeout(left.min(TICK))? {
            return Ok(Ok(status));
        }
        if bound.stop().is_set() {
            stopped.get_or_insert_with(Instant::now);
        }
        silence.look_at(child.id() as i32);
        let why = match stopped {
            Some(since) if since.elapsed() >= grace => Why::Stopped,
            _ if left.is_zero() => Why::Late,
            _ if silence.left().is_some_and(|left| left.is_zero()) => Why::Still,
            _ => continue,
        };
        let group = Pid::from_raw(child.id() as i32);
        let _ = group.map(|group| kill_process_group(group, Signal::KILL));
        child.wait()?;
        return Ok(Err(why));
    }
}
