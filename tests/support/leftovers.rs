//! What runs left behind in a sandbox. Nothing may be.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use camino::Utf8Path;
use rustix::process::Signal;
use serde_json::Value;
use smoke_core::process::{self, Process};
use smoke_core::sweep::{Graces, sweep};

use crate::wait::BOUND;

/// Everything that is left of the runs whose folders are below `runs`, in words.
pub fn of(home: &Utf8Path, tmp: &Utf8Path, runs: &Utf8Path) -> Vec<String> {
    let mut left: Vec<String> = settled(home, runs).iter().map(shown).collect();
    left.extend(ports(runs).into_iter().filter_map(listener));
    let entries = tmp.read_dir_utf8().into_iter().flatten().flatten();
    left.extend(entries.map(|entry| format!("folder {}", entry.path())));
    left
}

/// Ends the processes that are left, so that a failing test harms no other.
pub fn end(home: &Utf8Path, runs: &Utf8Path) {
    let graces = Graces { int: Duration::ZERO, term: Duration::ZERO, kill: Duration::from_secs(5) };
    sweep(&|| processes(home, runs), &graces);
    processes(home, runs).iter().for_each(|process| process.signal(Signal::KILL));
}

/// The guard of a run ends when it sees that its run has ended, which is a moment later.
fn settled(home: &Utf8Path, runs: &Utf8Path) -> Vec<Process> {
    let end = Instant::now() + BOUND;
    // One that is ending has no command line any more.
    let is_guard = |process: &Process| {
        process.is_becoming() || process.argv.get(1).is_some_and(|word| word == "guard")
    };
    loop {
        let found = processes(home, runs);
        if !found.iter().any(is_guard) || Instant::now() >= end {
            return found;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Those that carry the sandbox's HOME or the id of one of its runs, or that are in one of its
/// folders: an environment can be cleared.
fn processes(home: &Utf8Path, runs: &Utf8Path) -> Vec<Process> {
    let mut found = process::carrying("HOME", home.as_str());
    let sandbox = home.parent().unwrap_or(home);
    let inside = |process: &Process| {
        let folder = fs::read_link(format!("/proc/{}/cwd", process.pid));
        process.is_live() && folder.is_ok_and(|folder| folder.starts_with(sandbox))
    };
    found.extend(process::all().into_iter().filter(inside));
    for entry in runs.read_dir_utf8().into_iter().flatten().flatten() {
        found.extend(process::of_run(entry.file_name()));
    }
    found.sort_by_key(|process| process.pid);
    found.dedup_by_key(|process| process.pid);
    found
}

/// The ports that tests chose. One that a run chose by itself may be another run's by now.
fn ports(runs: &Utf8Path) -> Vec<u16> {
    let records = runs.read_dir_utf8().into_iter().flatten().flatten();
    let texts = records.filter_map(|run| fs::read_to_string(run.path().join("run.json")).ok());
    let ports =
        texts.filter_map(|text| serde_json::from_str::<Value>(&text).ok()?["port"].as_u64());
    ports.filter_map(|port| port.try_into().ok()).filter(|port| *port > 24_000).collect()
}

fn listener(port: u16) -> Option<String> {
    let own = std::process::id() as i32;
    let owner = process::listeners(port).into_iter().filter_map(|listener| listener.owner);
    let owner = owner.into_iter().find(|owner| owner.pid != own)?;
    Some(format!("port {port} held by {}", shown(&owner)))
}

fn shown(process: &Process) -> String {
    format!("pid {}: {}", process.pid, process.command_line())
}
