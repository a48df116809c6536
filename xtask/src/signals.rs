//! INT, TERM and HUP become a wish to stop.

use std::thread;

use anyhow::{Context, Result};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use smoke_core::command::own_sigchld;
use smoke_core::stop::Stop;

/// Notes INT, TERM and HUP in `stop` from now on.
///
/// # Errors
/// The handlers cannot be installed.
pub fn install(stop: &Stop) -> Result<()> {
    own_sigchld();
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("install signal handlers")?;
    let stop = stop.clone();
    thread::spawn(move || signals.forever().for_each(|signal| stop.note(signal)));
    Ok(())
}
