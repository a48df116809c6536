//! The process behind the guard.

use std::io::{self, stdin};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::process::before::Before;
use smoke_core::process::{self, Process};
use smoke_core::stop::Stop;
use smoke_core::sweep::{Graces, sweep};
use smoke_core::wait::{self, Patience, Probe};
use smoke_core::{signals, threads};
use smoke_record::workspace::{Workspace, remove_inside, remove_unborn};

use crate::cleanup;

/// What stands before the processes that are no part of the run, though they are children of its process.
pub const BEFORE: &str = "before ";

/// What the run says when it has ended in order; no path starts like it.
pub const RELEASED: &str = "released";

/// What stands before a folder that ends with the run even if its workspace is kept.
pub const FOLDER: &str = "folder ";

/// The run that is watched.
#[derive(Debug)]
pub struct Watched {
    /// Its id.
    pub run: String,
    /// Its process.
    pub run_process: i32,
    /// Its run folder.
    pub run_folder: Utf8PathBuf,
}

/// Waits for the run to end. If it ended without a word, ends its processes, deletes its workspace
/// and says in its record what happened.
///
/// # Errors
/// Signal handlers cannot be installed.
pub fn watch(args: &Watched) -> Result<()> {
    // A session of its own: what ends the terminal or the group of the run does not end the guard.
    let _ = rustix::process::setsid();
    signals::install(&Stop::default())?;
    let lines = read_lines().context("read from the run")?;
    let mut family = Vec::new();
    let (mut workspace, mut folders) = (None, Vec::new());
    loop {
        match lines.recv_timeout(Duration::from_millis(100)) {
            Ok(line) if line == RELEASED => return Ok(()),
            Ok(line) => match (line.strip_prefix(FOLDER), line.strip_prefix(BEFORE)) {
                (Some(folder), _) => folders.push(Utf8PathBuf::from(folder)),
                (_, Some(before)) => Before::read(before).keep_apart(),
                _ => workspace = Some(Utf8PathBuf::from(line)),
            },
            Err(RecvTimeoutError::Timeout) => remember(&mut family, args.run_process),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    end(&args.run, &family);
    folders.iter().for_each(|folder| drop(remove_inside(folder)));
    if let Some(path) = workspace {
        remove(&path, &args.run);
    }
    // Last: a guard that is killed before leaves a record by which the next start knows what to do.
    cleanup::mark_interrupted(&args.run_folder, "the run was killed");
    Ok(())
}

fn read_lines() -> io::Result<Receiver<String>> {
    let (sender, receiver) = channel();
    threads::start(move || {
        for line in stdin().lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    })?;
    Ok(receiver)
}

/// Remembers who belongs to the run while that can be seen: once the run is dead, its orphans are
/// children of another, and one that cleared its environment could not be known any more.
fn remember(family: &mut Vec<Process>, run_process: i32) {
    let own = std::process::id() as i32;
    let mut found = process::descendants(run_process);
    found.retain(|process| process.pid != own);
    family.retain(|known| !found.iter().any(|now| now.is(known)) && known.lives_on());
    family.append(&mut found);
}

/// A child that was just being started holds the run's end of the pipe until it becomes another
/// program, and shows no environment in that moment.
fn until_all_can_be_known() {
    const MOMENT: Duration = Duration::from_millis(500);
    let becoming = || match process::becoming() {
        left if left.is_empty() => Probe::Ready(()),
        left => Probe::NotYet(left.len()),
    };
    let _ = wait::until(Patience::local(MOMENT), &Stop::default(), |_| (), |_| becoming());
}

fn end(run: &str, family: &[Process]) {
    until_all_can_be_known();
    let find = || {
        let mut found = process::of_run(run);
        let alive = family.iter().filter(|process| process.lives_on());
        let below = alive.clone().flat_map(|process| process::descendants(process.pid));
        found.extend(alive.cloned().chain(below));
        found
    };
    sweep(&find, &Graces::short());
}

/// Deletes the workspace at `path` if it is the one of `run`, complete or not.
fn remove(path: &Utf8Path, run: &str) {
    match Workspace::open(path) {
        Ok(workspace) if workspace.marker().run == run => drop(workspace.remove()),
        Ok(_) => {}
        Err(_) => remove_unborn(path),
    }
}
