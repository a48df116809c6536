//! The process behind the embedded supervisor: it starts the gateway, starts it again when it
//! crashes, says in a file what became of it, and ends it when it is told to end.

use std::fs;
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use smoke_core::environment::Environment;
use smoke_core::files::{self, PRIVATE};
use smoke_core::process::{self, Process};
use smoke_core::stop::Stop;
use smoke_core::sweep::{Graces, sweep};
use smoke_core::{detached, signals, wait};
use wait_timeout::ChildExt;

use super::role::Status;
use crate::roles::launch::Launch;

/// What the daemon is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// What to keep running.
    pub launch: Launch,
    /// Where to say what became of it.
    pub status: Utf8PathBuf,
}

/// A gateway that crashed this often is not started again.
const STARTS: usize = 10;

/// Keeps the gateway running until a signal comes or it has crashed too often.
///
/// # Errors
/// The spec cannot be read, or the status cannot be written.
pub fn supervise(spec: &Utf8Path) -> Result<()> {
    // A session of its own: what ends the terminal or the harness does not end the stack.
    let _ = rustix::process::setsid();
    let stop = Stop::default();
    signals::install(&stop)?;
    let text = fs::read_to_string(spec).with_context(|| format!("read {spec}"))?;
    let spec: Spec = serde_json::from_str(&text).with_context(|| format!("read {spec}"))?;
    let own = std::process::id() as i32;
    let mut status = Status { supervisor: Some(own), ..Status::default() };
    while !stop.is_set() && status.starts < STARTS {
        match start(&spec.launch) {
            Ok(child) => watch(child, &spec, &mut status, &stop)?,
            Err(error) => status.last_exit = Some(error.to_string()),
        }
        status.gateway = None;
        write(&spec, &status)?;
        if status.starts == 0 {
            break;
        }
        wait::sleep(pause(status.starts), &stop);
    }
    Ok(())
}

fn start(launch: &Launch) -> std::io::Result<Child> {
    let log = files::append(&launch.log)?;
    detached::start(&launch.argv, &launch.cwd, &Environment::inherited(), Stdio::null(), &log)
}

/// Waits for the gateway's end, its own or the one that was asked for, and ends what it leaves.
fn watch(mut child: Child, spec: &Spec, status: &mut Status, stop: &Stop) -> Result<()> {
    const TICK: Duration = Duration::from_millis(50);
    let group = child.id() as i32;
    status.starts += 1;
    status.gateway = Some(group);
    write(spec, status)?;
    let exit = loop {
        if stop.is_set() {
            break end(&mut child, group);
        }
        if let Some(exit) = child.wait_timeout(TICK).context("wait for the gateway")? {
            break Some(exit);
        }
    };
    sweep(&|| process::members(group), &Graces::default());
    status.last_exit =
        Some(exit.map_or_else(|| "it cannot be ended".into(), |exit| exit.to_string()));
    Ok(())
}

fn end(child: &mut Child, group: i32) -> Option<ExitStatus> {
    let members = || -> Vec<Process> { process::members(group) };
    sweep(&members, &Graces::default());
    child.wait_timeout(Duration::from_secs(1)).ok().flatten()
}

/// Where the workspace is gone, or something else is in its place, nobody reads it, and a folder that
/// was made anew would be nobody's to remove.
fn write(spec: &Spec, status: &Status) -> Result<()> {
    if !spec.status.parent().is_some_and(Utf8Path::is_dir) {
        return Ok(());
    }
    let text = serde_json::to_vec_pretty(status)?;
    files::replace(&spec.status, &text, PRIVATE).context("write the status")
}

/// 200 ms, doubled with every start, up to 5 s.
fn pause(starts: usize) -> Duration {
    let doublings = starts.saturating_sub(1).min(5) as u32;
    Duration::from_millis(200 << doublings).min(Duration::from_secs(5))
}
