//! Signals: INT, TERM and HUP become a wish to stop.
//!
//! HUP does not if it is ignored already: `nohup` means that a run goes on without its terminal.

use std::sync::Arc;

use anyhow::{Context, Result};
use nix::sys::signal::{SigSet, Signal};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;

use crate::stop::Stop;
use crate::{process, sigchld, threads};

/// Lets the signals reach this process that end it, and the one that tells of the ends of its children. A
/// parent that blocks some passes that on: without the last one, whoever waits for a child does so for as
/// long as he may. To be called before there is a second thread, because each has its own mask.
pub fn accept() {
    let mut set = SigSet::empty();
    for signal in [Signal::SIGCHLD, Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        set.add(signal);
    }
    let _ = set.thread_unblock();
}

/// Notes INT, TERM and HUP, unless HUP is ignored, in `stop` from now on.
///
/// # Errors
/// The handlers cannot be installed.
pub fn install(stop: &Stop) -> Result<()> {
    sigchld::own();
    // A log that may not grow any more is an error of its write, and not the end of this process.
    signal_hook::flag::register(SIGXFSZ, Arc::default()).context("install signal handlers")?;
    let hangup = Some(SIGHUP).filter(|signal| !process::ignores(*signal));
    let wanted = [SIGINT, SIGTERM].into_iter().chain(hangup);
    let mut signals = Signals::new(wanted).context("install signal handlers")?;
    let stop = stop.clone();
    threads::start(move || signals.forever().for_each(|signal| stop.note(signal)))
        .context("follow signals")
}
