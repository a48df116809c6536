//! The process tree as `ps` and `lsof` show it, where there is no /proc.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use camino::Utf8Path;
use rustix::process::{Pid, Signal, kill_process};
use xshell::{Shell, cmd};

use super::entry::{Listener, Process};
use super::ps;
use crate::bound::Bound;
use crate::environment::{Environment, Origin};
use crate::short;

/// What [`ps::process`] reads.
const COLUMNS: &str = "pid=,ppid=,pgid=,stat=,lstart=,command=";

/// What [`ps::environments`] reads.
const COMMANDS: &str = "pid=,command=";

/// Where it is on every system that is not Linux. By its path, so that it is started without a
/// moment in which a copy of this process stands in the table.
const PS: &str = "/bin/ps";

/// Without the `ps` of this and of other processes that look at the table: whoever waits until a
/// family is empty would else find it in there for ever.
pub(super) fn list() -> impl Iterator<Item = Process> {
    let table = output(PS, &["-axww", "-o", COLUMNS]);
    let is_ps = |word: &String| [COLUMNS, COMMANDS].contains(&word.as_str());
    let rows = table.lines().filter_map(ps::process);
    let all: Vec<_> = rows.filter(|process| !process.argv.iter().any(is_ps)).collect();
    all.into_iter()
}

/// `ps` has said it already.
pub(super) fn name(_process: &mut Process) {}

pub(super) fn find(pid: i32) -> Option<Process> {
    output(PS, &["-ww", "-o", COLUMNS, "-p", &pid.to_string()]).lines().find_map(ps::process)
}

pub(super) fn environment(pid: i32) -> Option<Vec<(String, String)>> {
    let of = pid.to_string();
    let without = output(PS, &["-ww", "-o", COMMANDS, "-p", &of]);
    let with = output(PS, &["-Eww", "-o", COMMANDS, "-p", &of]);
    ps::environments(&without, &with).get(&pid).map(|found| ps::variables(found))
}

/// Nobody asks for it where sockets are not shown by their inodes.
pub(super) fn folder(_pid: i32) -> Option<String> {
    None
}

pub(super) fn is_within(_pid: i32, _place: &Utf8Path) -> bool {
    false
}

pub(super) fn outputs(_pid: i32) -> Vec<String> {
    Vec::new()
}

/// The first of the files that a process has mapped to run them.
pub(super) fn program(pid: i32) -> Option<String> {
    let fields = output("lsof", &["-a", "-p", &pid.to_string(), "-d", "txt", "-Fpn"]);
    let path = ps::files(&fields).first().map(|(_, path)| *path)?;
    Some(fs::canonicalize(path).ok()?.to_string_lossy().into_owned())
}

/// All are looked at together: to ask for each of some hundred processes would take seconds.
pub(super) fn carriers(setting: &str) -> impl Fn(i32) -> bool {
    let without = output(PS, &["-axww", "-o", COMMANDS]);
    let with = output(PS, &["-axEww", "-o", COMMANDS]);
    let found = ps::environments(&without, &with).into_iter();
    let found = found.filter(|(_, environment)| ps::has(environment, setting));
    let carriers: BTreeSet<i32> = found.map(|(pid, _)| pid).collect();
    move |pid| carriers.contains(&pid)
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

/// It is not shown here.
pub(super) fn is_copy(_pid: i32) -> bool {
    false
}

/// Of none it can be seen, whoever it belongs to.
pub(super) fn is_closed(_pid: i32) -> bool {
    false
}

pub(super) fn listeners(port: u16) -> Vec<Listener> {
    let fields = output("lsof", &["-nP", &format!("-iTCP:{port}"), "-sTCP:LISTEN", "-Fpn"]);
    let pids: BTreeSet<i32> = ps::files(&fields).into_iter().map(|(pid, _)| pid).collect();
    pids.into_iter().map(|pid| Listener { owner: find(pid) }).collect()
}

/// The kernel shows no wait channel by name here.
pub(super) fn wait_channel(_pid: i32) -> Option<String> {
    None
}

pub(super) fn ports_of(processes: &[Process]) -> Vec<(u16, i32)> {
    if processes.is_empty() {
        return Vec::new();
    }
    let pids: Vec<String> = processes.iter().map(|process| process.pid.to_string()).collect();
    let arguments = ["-nP", "-a", "-p", &pids.join(","), "-iTCP", "-sTCP:LISTEN", "-Fpn"];
    let fields = output("lsof", &arguments);
    let sockets = ps::files(&fields).into_iter();
    sockets.filter_map(|(pid, socket)| Some((ps::port(socket)?, pid))).collect()
}

/// `ps` and `lsof` show none of these to a user, and the load stands in for the pressure.
pub(super) fn unseen() -> Vec<&'static str> {
    vec![
        "who holds a pipe",
        "wait channels",
        "pressure",
        "the use of CPU and memory",
        "orphans without the run's id",
        "environments of programs that belong to the system, such as its shells",
        "environments of processes of other users",
        "what processes of other users hold",
    ]
}

/// It cannot be asked without `sigaction`, which is unsafe.
pub(super) fn ignores(_signal: i32) -> bool {
    false
}

/// To the second, as processes are shown to start.
pub(super) fn age(process: &Process) -> Option<Duration> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    Some(now.saturating_sub(Duration::from_secs(process.started)))
}

/// The load is the nearest that there is.
pub(super) fn pressure() -> Vec<String> {
    output("uptime", &[]).lines().map(|line| line.trim().to_owned()).collect()
}

/// There is no handle that pins a process here, so that a moment remains between check and signal.
pub(super) fn signal(process: &Process, pid: Pid, signal: Signal) {
    if process.is_live_in(find(process.pid).as_ref()) {
        let _ = kill_process(pid, signal);
    }
}

/// What `program` prints, whatever it exits with: `lsof` complains of all that it cannot see.
fn output(program: &str, arguments: &[&str]) -> String {
    /// A look at the table takes some milliseconds, and `lsof` longer.
    const DEADLINE: Duration = Duration::from_secs(10);
    let Ok(shell) = Shell::new() else { return String::new() };
    let command = cmd!(shell, "{program} {arguments...}");
    let finished = short::run(command, &surroundings(), &Bound::within(DEADLINE));
    finished.map(|finished| finished.stdout).unwrap_or_default()
}

/// `lsof` is where a short PATH does not lead to.
fn surroundings() -> Environment {
    let mut environment = Environment::inherited();
    let path = environment.get("PATH").unwrap_or("/bin:/usr/bin");
    let path = format!("{path}:/usr/sbin:/sbin");
    for (key, value) in [("PATH", path.as_str()), ("LC_ALL", "C"), ("TZ", "UTC0")] {
        environment.set(key, value, Origin::Inherited);
    }
    environment
}
