//! The process tree as `ps` and `lsof` show it, where there is no /proc.

use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{Listener, Process};

const COLUMNS: &str = "pid=,ppid=,pgid=,sess=,stat=,lstart=,command=";

pub(super) fn list() -> impl Iterator<Item = Process> {
    let all: Vec<_> = output("ps", &["-axww", "-o", COLUMNS]).lines().filter_map(parse).collect();
    all.into_iter()
}

/// `ps` has said it already.
pub(super) fn name(_process: &mut Process) {}

pub(super) fn find(pid: i32) -> Option<Process> {
    output("ps", &["-ww", "-o", COLUMNS, "-p", &pid.to_string()]).lines().find_map(parse)
}

/// `ps` shows no boundaries between arguments, nor between arguments and environment, so that a
/// value ends where the next word with an equals sign begins.
pub(super) fn environment(pid: i32) -> Option<Vec<(String, String)>> {
    let text = output("ps", &["-Eww", "-o", "command=", "-p", &pid.to_string()]);
    let mut pairs: Vec<(String, String)> = Vec::new();
    for word in text.split_whitespace() {
        match word.split_once('=') {
            Some((key, value)) => pairs.push((key.to_owned(), value.to_owned())),
            None => {
                if let Some((_, value)) = pairs.last_mut() {
                    value.push(' ');
                    value.push_str(word);
                }
            }
        }
    }
    Some(pairs).filter(|pairs| !pairs.is_empty())
}

pub(super) fn outputs(_pid: i32) -> Vec<String> {
    Vec::new()
}

pub(super) fn program(pid: i32) -> Option<String> {
    let text = output("ps", &["-o", "comm=", "-p", &pid.to_string()]);
    Some(text.trim().to_owned()).filter(|path| path.starts_with('/'))
}

pub(super) fn carries(pid: i32, setting: &str) -> bool {
    let text = output("ps", &["-Eww", "-o", "command=", "-p", &pid.to_string()]);
    text.split_whitespace().any(|word| word == setting)
}

pub(super) fn can_be_seen() -> bool {
    find(std::process::id() as i32).is_some()
}

/// It cannot be asked here which process was started last.
pub(super) fn newest() -> Option<i32> {
    None
}

/// Who holds a pipe cannot be asked here: inodes of pipes are not shown.
pub(super) fn holds(_pid: i32, _inode: u64) -> bool {
    false
}

pub(super) fn listeners(port: u16) -> Vec<Listener> {
    let text = output("lsof", &["-nP", "-t", "-sTCP:LISTEN", &format!("-iTCP:{port}")]);
    let pids = text.lines().filter_map(|line| line.trim().parse().ok());
    pids.map(|pid| Listener { owner: find(pid) }).collect()
}

/// The kernel shows no wait channel by name here.
pub(super) fn wait_channel(_pid: i32) -> Option<String> {
    None
}

pub(super) fn ports_of(processes: &[Process]) -> Vec<(u16, i32)> {
    let ports = |process: &Process| {
        let pid = process.pid.to_string();
        let text = output("lsof", &["-nP", "-a", "-p", &pid, "-iTCP", "-sTCP:LISTEN", "-Fn"]);
        let port = |line: &str| line.strip_prefix('n')?.rsplit_once(':')?.1.parse().ok();
        text.lines().filter_map(port).map(|port| (port, process.pid)).collect::<Vec<_>>()
    };
    processes.iter().flat_map(ports).collect()
}

/// `ps` and `lsof` show none of these to a user, and the load stands in for the pressure.
pub(super) fn unseen() -> Vec<&'static str> {
    vec![
        "who holds a pipe",
        "wait channels",
        "pressure",
        "environments of processes of other users",
        "what processes of other users hold",
    ]
}

/// It cannot be asked without `sigaction`, which is unsafe.
pub(super) fn ignores(_signal: i32) -> bool {
    false
}

/// What `ps` says of a start is kept as a hash only.
pub(super) fn age(_process: &Process) -> Option<Duration> {
    None
}

/// The load is the nearest that there is.
pub(super) fn pressure() -> Vec<String> {
    let load = output("uptime", &[]);
    load.lines().map(|line| line.trim().to_owned()).collect()
}

/// There is no handle that pins a process here, so that a moment remains between check and signal.
pub(super) fn signal(process: &Process, pid: Pid, signal: Signal) {
    if process.lives_on() {
        let _ = kill_process(pid, signal);
    }
}

fn parse(line: &str) -> Option<Process> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let number = |index: usize| words.get(index)?.parse::<i32>().ok();
    let started = words.get(5..10)?.join(" ");
    Some(Process {
        pid: number(0)?,
        parent: number(1)?,
        group: number(2)?,
        session: number(3).unwrap_or(0),
        state: words.get(4)?.chars().next()?,
        started: started.bytes().fold(0, |hash, byte| hash * 31 % (1 << 40) + u64::from(byte)),
        argv: words.get(10..)?.iter().map(|word| (*word).to_owned()).collect(),
    })
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}
