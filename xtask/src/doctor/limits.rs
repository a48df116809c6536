//! Ports, leftovers and limits of this machine.

use std::net::TcpListener;

use rustix::process::{Resource, getrlimit};
use smoke_core::cause::{Cause, Code};
use smoke_core::process;
use smoke_harness::port::RANGE;
use smoke_record::screen;
use smoke_record::workspace::{Workspace, all_in, read_marker, usual_place};

use super::finding::Finding;

/// How many of the ports are free that a run chooses from.
pub fn ports() -> Finding {
    let all = RANGE.count();
    let free = RANGE.filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).count();
    let (first, last) = (RANGE.start(), RANGE.end());
    let found = format!("{free} of {all} between {first} and {last} are free");
    match free {
        0 => {
            let summary = format!("no port between {first} and {last} is free");
            let cause = Cause::new(Code::PortInUse, summary, "name another one with --port");
            Finding::missing("ports", cause).needed_by(&["prepare".to_owned()])
        }
        1..100 => Finding::warning("ports", found, "end what holds them, or name one with --port"),
        _ => Finding::ok("ports", found),
    }
}

/// What dead runs left: workspaces that nobody uses, and processes of theirs.
pub fn leftovers() -> Finding {
    let place = usual_place();
    let idle = all_in(&place).into_iter().filter(|path| Workspace::open(path).is_ok());
    let idle: Vec<_> = idle.collect();
    if idle.is_empty() {
        return Finding::ok("leftovers", format!("no workspace that nobody uses is in {place}"));
    }
    let runs = idle.iter().filter_map(|path| read_marker(path)).map(|marker| marker.run);
    let processes: usize =
        runs.filter(|run| !run.is_empty()).map(|run| process::of_run(&run).len()).sum();
    let names: Vec<&str> = idle.iter().filter_map(|path| path.file_name()).take(3).collect();
    let found = format!(
        "{} that no run uses, with {}: {}",
        screen::count(idle.len(), "workspace"),
        screen::count(processes, "process"),
        names.join(", ")
    );
    Finding::warning("leftovers", found, "cargo xtask smoke --cleanup-only")
}

/// Limits of this user's processes, and whether processes can be looked at.
pub fn limits(processes_can_be_seen: bool) -> Vec<Finding> {
    let files = limit("open files", Resource::Nofile, 64, 256, "ulimit -n 1024");
    let processes = limit("processes", Resource::Nproc, 32, 256, "ulimit -u 4096");
    let seen = processes_can_be_seen && process::environment(std::process::id() as i32).is_some();
    let proc = if seen {
        Finding::ok("process tree", "processes and their environment can be seen")
    } else if processes_can_be_seen {
        let found = "the environment of processes cannot be seen, and so not held to the run's";
        Finding::warning("process tree", found, "run it on Linux, with /proc mounted")
    } else {
        let found = "no process can be seen".to_owned();
        let next = "mount /proc, as with mount -t proc proc /proc";
        Finding::missing("process tree", Cause::new(Code::PrerequisiteMissing, found, next))
            .needed_by(&["prepare".to_owned()])
    };
    vec![files, processes, proc]
}

fn limit(name: &str, resource: Resource, least: u64, fine: u64, next: &str) -> Finding {
    let Some(limit) = getrlimit(resource).current else { return Finding::ok(name, "no limit") };
    let found = format!("at most {limit}");
    if limit < least {
        let cause = Cause::new(Code::PrerequisiteMissing, found, next);
        return Finding::missing(name, cause).needed_by(&["prepare".to_owned()]);
    }
    if limit < fine { Finding::warning(name, found, next) } else { Finding::ok(name, found) }
}
