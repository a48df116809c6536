//! The load of a process tree: the CPU time and the memory that it uses, and how long tasks of the machine
//! had to wait.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

/// What a process and its descendants have used up to now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Load {
    /// The CPU time of all of them, those included that have ended and were waited for.
    pub cpu: Duration,
    /// The memory that they hold, in KiB. Pages that several share are counted for each.
    pub memory_kib: u64,
    /// The descendants, without the first process itself, by their ids.
    pub members: BTreeMap<i32, Member>,
}

/// One of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its parent.
    pub parent: i32,
    /// When it started, in a unit of the platform.
    pub started: u64,
}

/// For how long, since the machine started, some task had to wait for each of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stalls {
    /// A free CPU.
    pub cpu: Duration,
    /// Memory.
    pub memory: Duration,
    /// A disk.
    pub io: Duration,
}

/// What the process `first` and its descendants use; nothing where the platform does not tell.
pub fn load(first: i32) -> Load {
    let mut load = Load::default();
    for (pid, stat) in family(first) {
        load.cpu += stat.cpu;
        load.memory_kib += stat.memory_kib;
        if pid != first {
            load.members.insert(pid, stat.member);
        }
    }
    load
}

/// The process `first` and its descendants, each with what it says of itself.
pub(super) fn family(first: i32) -> Vec<(i32, Stat)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let mut all: BTreeMap<i32, Stat> = pids.filter_map(|pid| Some((pid, stat(pid)?))).collect();
    let of_family = |pid: &i32| *pid == first || descends(*pid, first, &all);
    let family: Vec<i32> = all.keys().copied().filter(of_family).collect();
    family.into_iter().filter_map(|pid| Some((pid, all.remove(&pid)?))).collect()
}

/// How long tasks of this machine had to wait; none where the kernel does not tell.
pub fn stalls() -> Option<Stalls> {
    Some(Stalls { cpu: stalled("cpu")?, memory: stalled("memory")?, io: stalled("io")? })
}

/// What a process says of itself.
pub(super) struct Stat {
    /// The name of its program, cut to what the kernel keeps.
    pub(super) name: String,
    /// `R`, `S`, `D`, `T`, `Z`…, as the kernel names the states.
    pub(super) state: char,
    /// Whose it is, and since when.
    pub(super) member: Member,
    /// Its CPU time, with that of the children that it has waited for.
    pub(super) cpu: Duration,
    memory_kib: u64,
}

fn stat(pid: i32) -> Option<Stat> {
    parse(&String::from_utf8_lossy(&fs::read(format!("/proc/{pid}/stat")).ok()?))
}

/// Fields are counted from the last bracket, because a program's name may hold anything.
fn parse(stat: &str) -> Option<Stat> {
    let (head, tail) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = tail.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    // Time of its own in user and kernel mode, then the same of the children it has waited for.
    let ticks: u64 = (11..=14).filter_map(number).sum();
    let cpu = ticks as f64 / rustix::param::clock_ticks_per_second() as f64;
    Some(Stat {
        name: head.split_once('(')?.1.to_owned(),
        state: fields.first()?.chars().next()?,
        member: Member { parent: fields.get(1)?.parse().ok()?, started: number(19)? },
        cpu: Duration::try_from_secs_f64(cpu).ok()?,
        memory_kib: number(21)?.saturating_mul(rustix::param::page_size() as u64 / 1024),
    })
}

/// A look at all processes takes time, in which one can take the place of another: the way up may
/// then be a circle, and is not followed for ever.
fn descends(pid: i32, first: i32, all: &BTreeMap<i32, Stat>) -> bool {
    const DEEPEST: usize = 100;
    let mut at = pid;
    for _ in 0..DEEPEST {
        match all.get(&at).map(|stat| stat.member.parent) {
            Some(parent) if parent == first => return true,
            Some(parent) => at = parent,
            None => return false,
        }
    }
    false
}

fn stalled(what: &str) -> Option<Duration> {
    let text = fs::read_to_string(format!("/proc/pressure/{what}")).ok()?;
    let total = text.lines().next()?.rsplit_once("total=")?.1;
    total.parse().ok().map(Duration::from_micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_time_and_memory_behind_a_name_that_confuses() {
        let stat =
            "42 (a) R 1) S 7 40 39 0 -1 4194560 1 0 0 0 100 50 20 30 20 0 1 0 12345 999 25 0";
        let read = parse(stat).unwrap();
        let ticks = rustix::param::clock_ticks_per_second();
        assert_eq!(read.cpu, Duration::from_secs_f64(200.0 / ticks as f64));
        assert_eq!(read.memory_kib, 25 * rustix::param::page_size() as u64 / 1024);
        assert_eq!(read.member, Member { parent: 7, started: 12345 });
        assert_eq!((read.name.as_str(), read.state), ("a) R 1", 'S'));
        assert!(parse("42 (a").is_none() && parse("").is_none());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn finds_what_a_child_has_used() {
        let own = std::process::id() as i32;
        let before = load(own);
        let mut child =
            std::process::Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap();
        let pid = child.id() as i32;
        let used = || load(own).members.contains_key(&pid) && load(own).cpu > before.cpu;
        let found = (0..500).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            used()
        });
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(found);
        assert!(!load(own).members.contains_key(&pid));
    }
}
