//! The processes of this machine: who they are, whose they are and what they hold.

pub mod before;
mod entry;
mod lasting;
pub mod load;
pub mod orphans;
pub mod sockets;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as platform;
#[cfg(not(target_os = "linux"))]
mod portable;
#[cfg(not(target_os = "linux"))]
use portable as platform;
#[cfg(any(test, not(target_os = "linux")))]
mod ps;
mod run;
#[cfg(test)]
mod tests;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use camino::Utf8Path;
use rustix::process::{Pid, Signal};

pub use before::Before;
pub use entry::{Listener, Process};
pub use lasting::lasting;
pub use run::{RUN_ID, of_run};
pub use work::{Work, work};

/// All processes that can be seen, zombies included.
pub fn all() -> Vec<Process> {
    that(|_| true)
}

/// The processes that `is_wanted`. Only of these the command line is read: there can be thousands of
/// others, and this is asked many times in a run.
fn that(is_wanted: impl Fn(&Process) -> bool) -> Vec<Process> {
    named(platform::list(), is_wanted)
}

/// Each is looked at to the end before the next one: it may not live for long.
fn named(
    processes: impl IntoIterator<Item = Process>,
    is_wanted: impl Fn(&Process) -> bool,
) -> Vec<Process> {
    let wanted = processes.into_iter().filter(is_wanted).map(|mut process| {
        platform::name(&mut process);
        process
    });
    // One that has no command line may have ended since it was found.
    let mut named: Vec<_> =
        wanted.filter(|process| !process.is_becoming() || process.lives_on()).collect();
    named.sort_by_key(|process| process.pid);
    named
}

/// Whether processes can be seen at all, by the ids that they have for this one: where they cannot,
/// nothing that was started can be found again, or something else is taken for it.
pub fn can_be_seen() -> bool {
    platform::can_be_seen()
}

/// What `look` finds. It takes its time, and one that starts another one and ends in that time is not
/// found, nor is the other one: where nothing is found and something was started meanwhile, it looks
/// again. On a machine that starts processes all the time it does so twice.
pub fn found_by(look: impl Fn() -> Vec<Process>) -> Vec<Process> {
    const LOOKS: usize = 3;
    let mut newest = platform::newest();
    for _ in 1..LOOKS {
        let (found, before) = (look(), newest);
        newest = platform::newest();
        if !found.is_empty() || newest == before {
            return found;
        }
    }
    look()
}

/// The process `pid`, while it exists.
pub fn find(pid: i32) -> Option<Process> {
    platform::find(pid)
}

/// The environment that `pid` was started with; none when it is gone or belongs to another user.
pub fn environment(pid: i32) -> Option<Vec<(String, String)>> {
    platform::environment(pid)
}

/// The file that `pid` runs, where that can be seen; also when it is gone or replaced by now.
pub fn program(pid: i32) -> Option<String> {
    platform::program(pid)
}

/// The folder that `pid` works in, where that can be seen.
pub fn folder(pid: i32) -> Option<String> {
    platform::folder(pid)
}

/// The files that the outputs of `pid` go to, where that can be seen; the errors first.
pub fn outputs(pid: i32) -> Vec<String> {
    platform::outputs(pid)
}

/// Whether `pid` is a copy of its parent that has not become a program of its own yet: between the two, what
/// it shows as its command line and its environment is its parent's. False where that cannot be seen.
pub fn is_copy(pid: i32) -> bool {
    platform::is_copy(pid)
}

/// What `pid` waits for inside the kernel, where that can be seen.
pub fn wait_channel(pid: i32) -> Option<String> {
    platform::wait_channel(pid)
}

/// The TCP ports that `processes` listen on, each with the process.
pub fn ports_of(processes: &[Process]) -> Vec<(u16, i32)> {
    platform::ports_of(processes)
}

/// How long tasks had to wait for CPU, memory and disk of late, in the words of the kernel; none
/// where it does not tell.
pub fn pressure() -> Vec<String> {
    platform::pressure()
}

/// What can not be seen of processes here, by what it would have told; empty where all can be seen.
pub fn unseen() -> Vec<String> {
    platform::unseen().into_iter().map(str::to_owned).collect()
}

/// Whether this process ignores `signal`, as `nohup` makes it ignore HUP; false where that cannot
/// be asked.
pub fn ignores(signal: i32) -> bool {
    platform::ignores(signal)
}

/// The live processes that were started with `key` set to `value`, without this one.
pub fn carrying(key: &str, value: &str) -> Vec<Process> {
    let own = std::process::id() as i32;
    let setting = format!("{key}={value}");
    let carries = platform::carriers(&setting);
    that(|process| process.pid != own && process.is_live() && carries(process.pid))
}

/// The live processes that are not older than `first`, itself included.
pub fn since(first: &Process) -> Vec<Process> {
    that(|process| process.started >= first.started && process.is_live())
}

/// The processes that are just becoming another program.
pub fn becoming() -> Vec<Process> {
    let mut found = that(Process::is_live);
    found.retain(Process::is_becoming);
    found
}

/// The live descendants of `ancestor`, without itself.
pub fn descendants(ancestor: i32) -> Vec<Process> {
    let mut family = family(&[ancestor]);
    family.retain(|process| process.pid != ancestor);
    family
}

/// The live processes among `roots` and all that descend from one of them.
pub fn family(roots: &[i32]) -> Vec<Process> {
    named(tree(platform::list().collect(), roots), Process::is_live)
}

/// As [`family`], with the zombies among them, of whose end nobody has taken note yet, and perhaps
/// without their command lines.
pub fn family_and_zombies(roots: &[i32]) -> Vec<Process> {
    tree(platform::list().collect(), roots)
}

/// Those of `all` that are among `roots` or descend from one of them, but for what was there before. There
/// can be thousands.
fn tree(mut all: Vec<Process>, roots: &[i32]) -> Vec<Process> {
    before::leave_out(&mut all, roots);
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for process in &all {
        children.entry(process.parent).or_default().push(process.pid);
    }
    let mut family = BTreeSet::new();
    let mut unseen = roots.to_vec();
    while let Some(pid) = unseen.pop() {
        if family.insert(pid) {
            unseen.extend(children.get(&pid).into_iter().flatten());
        }
    }
    all.retain(|p| family.contains(&p.pid));
    all
}

/// The live members of process group `group`.
pub fn members(group: i32) -> Vec<Process> {
    that(|p| p.group == group && p.is_live())
}

/// The live processes that work in `folder` or have a file in it open, without this one; none where that
/// cannot be seen.
pub fn within(folder: &Utf8Path) -> Vec<Process> {
    let own = std::process::id() as i32;
    that(|process| {
        process.pid != own && process.is_live() && platform::is_within(process.pid, folder)
    })
}

/// The processes that hold the pipe or socket with this inode open, without this one.
pub fn holders(inode: u64) -> Vec<Process> {
    let own = std::process::id() as i32;
    that(|process| process.pid != own && platform::holds(process.pid, inode))
}

/// The live processes that are not older than `first` and whose open files this user may not look at.
pub fn closed_since(first: &Process) -> Vec<Process> {
    that(|process| {
        process.started >= first.started && process.is_live() && platform::is_closed(process.pid)
    })
}

/// Whether processes that hold something may be there without being seen.
pub fn holders_can_hide() -> bool {
    let hides = |what: &str| matches!(what, "who holds a pipe" | "processes of other users");
    platform::unseen().into_iter().any(hides)
}

/// Who listens on TCP `port`, on whatever address.
pub fn listeners(port: u16) -> Vec<Listener> {
    platform::listeners(port)
}

impl Process {
    /// Whether this very process, and not a later one with its id, is still live.
    pub fn lives_on(&self) -> bool {
        self.is_live_in(find(self.pid).as_ref())
    }

    /// How long it has run, where that can be seen.
    pub fn age(&self) -> Option<Duration> {
        platform::age(self)
    }

    /// Sends it `signal`, unless it is gone: its id may belong to a stranger by then.
    pub fn signal(&self, signal: Signal) {
        if let Some(pid) = Pid::from_raw(self.pid) {
            platform::signal(self, pid, signal);
        }
    }
}
