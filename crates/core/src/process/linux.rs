//! The process tree as /proc shows it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use camino::Utf8Path;
use rustix::buffer::spare_capacity;
use rustix::io::pread;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::entry::{Listener, Process};
use super::sockets;

/// The newest come first, which may be the ones that end the soonest.
pub(super) fn list() -> impl Iterator<Item = Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.collect::<Vec<i32>>().into_iter().rev().filter_map(stat)
}

/// A zombie, and a process that is just becoming another program, has no command line, and keeps
/// its name.
pub(super) fn name(process: &mut Process) {
    let argv = strings(&at_once(process.pid, "cmdline").unwrap_or_default());
    if !argv.is_empty() {
        process.argv = argv;
    }
}

pub(super) fn find(pid: i32) -> Option<Process> {
    let mut process = stat(pid)?;
    name(&mut process);
    Some(process)
}

/// What the memory of a process holds, in one read. Between two reads the process could end or become
/// another program, and the first part would be taken for the whole.
fn at_once(pid: i32, name: &str) -> io::Result<Vec<u8>> {
    let file = File::open(format!("/proc/{pid}/{name}"))?;
    let mut bytes = Vec::with_capacity(16 * 1024);
    loop {
        let room = bytes.capacity();
        if pread(&file, spare_capacity(&mut bytes), 0)? < room {
            return Ok(bytes);
        }
        bytes = Vec::with_capacity(room * 4);
    }
}

fn stat(pid: i32) -> Option<Process> {
    parse_stat(&stat_line(pid)?)
}

/// The kernel gives the whole line, which is shorter than this, in one read.
fn stat_line(pid: i32) -> Option<String> {
    let mut line = [0; 2048];
    let length = File::open(format!("/proc/{pid}/stat")).ok()?.read(&mut line).ok()?;
    Some(String::from_utf8_lossy(line.get(..length)?).into_owned())
}

pub(super) fn is_copy(pid: i32) -> bool {
    stat_line(pid).and_then(|line| flags(&line)).is_some_and(|flags| flags & FORKED != 0)
}

/// What the kernel runs for itself, which can be most of all that there is: nobody has started it, and it
/// holds nothing.
const KERNEL_THREAD: u32 = 0x0020_0000;

/// The mark of a process that was forked and has not executed anything since.
const FORKED: u32 = 0x40;

/// The flags of a process stand behind its state and five numbers.
fn flags(stat: &str) -> Option<u32> {
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(6)?.parse().ok()
}

/// The program's name stands in brackets and may hold brackets and spaces itself, so that the
/// fields are counted from the last closing one.
fn parse_stat(stat: &str) -> Option<Process> {
    let (head, tail) = stat.rsplit_once(')')?;
    let (pid, name) = head.split_once('(')?;
    let mut fields = tail.split_ascii_whitespace();
    let process = Process {
        pid: pid.trim_end().parse().ok()?,
        state: fields.next()?.chars().next()?,
        parent: fields.next()?.parse().ok()?,
        group: fields.next()?.parse().ok()?,
        started: fields.clone().nth(16)?.parse().ok()?,
        argv: vec![format!("[{name}]")],
    };
    (flags(stat)? & KERNEL_THREAD == 0).then_some(process)
}

pub(super) fn environment(pid: i32) -> Option<Vec<(String, String)>> {
    let bytes = at_once(pid, "environ").ok()?;
    let pair = |text: String| text.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned()));
    Some(strings(&bytes).into_iter().filter_map(pair).collect())
}

pub(super) fn program(pid: i32) -> Option<String> {
    let path = fs::read_link(format!("/proc/{pid}/exe")).ok()?;
    let shown = path.to_string_lossy();
    let before = shown.strip_suffix(" (deleted)").filter(|_| !path.exists());
    Some(before.unwrap_or(&shown).to_owned())
}

pub(super) fn folder(pid: i32) -> Option<String> {
    let path = fs::read_link(format!("/proc/{pid}/cwd")).ok()?;
    Some(path.to_string_lossy().into_owned())
}

pub(super) fn is_within(pid: i32, place: &Utf8Path) -> bool {
    let below = |path: &String| Utf8Path::new(path).starts_with(place);
    folder(pid).iter().any(below) || descriptors(pid).iter().any(below)
}

pub(super) fn outputs(pid: i32) -> Vec<String> {
    let link = |number| fs::read_link(format!("/proc/{pid}/fd/{number}")).ok();
    let files = [2, 1].into_iter().filter_map(link).filter(|path| path.is_absolute());
    let mut paths: Vec<String> = files.map(|path| path.to_string_lossy().into_owned()).collect();
    paths.dedup();
    paths
}

/// Tells of a process whether its environment has `setting`, looking when it is asked.
pub(super) fn carriers(setting: &str) -> impl Fn(i32) -> bool {
    move |pid| {
        let bytes = at_once(pid, "environ").unwrap_or_default();
        bytes.split(|byte| *byte == 0).any(|entry| entry == setting.as_bytes())
    }
}

pub(super) fn holds(pid: i32, inode: u64) -> bool {
    let held = descriptors(pid);
    held.contains(&format!("pipe:[{inode}]")) || held.contains(&format!("socket:[{inode}]"))
}

/// Whether this user may not see what `pid` holds: it is another user's, or has been.
pub(super) fn is_closed(pid: i32) -> bool {
    let looked = fs::read_dir(format!("/proc/{pid}/fd"));
    looked.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
}

/// What the file descriptors of `pid` lead to.
fn descriptors(pid: i32) -> BTreeSet<String> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let targets = entries.filter_map(|entry| fs::read_link(entry.path()).ok());
    targets.map(|target| target.to_string_lossy().into_owned()).collect()
}

pub(super) fn listeners(port: u16) -> Vec<Listener> {
    let sockets = sockets::listening().into_iter().filter(|socket| socket.address.port() == port);
    let inodes = sockets.map(|socket| socket.inode).collect::<BTreeSet<_>>();
    let owner = |inode| {
        let mut owner = list().find(|process| holds(process.pid, inode))?;
        name(&mut owner);
        Some(owner)
    };
    inodes.into_iter().map(|inode| Listener { owner: owner(inode) }).collect()
}

pub(super) fn wait_channel(pid: i32) -> Option<String> {
    let name = fs::read_to_string(format!("/proc/{pid}/wchan")).ok()?;
    Some(name).filter(|name| name != "0" && !name.is_empty())
}

pub(super) fn ports_of(processes: &[Process]) -> Vec<(u16, i32)> {
    let sockets = sockets::listening();
    let of = |process: &Process| {
        let held = descriptors(process.pid);
        let own = sockets.iter().filter(|s| held.contains(&format!("socket:[{}]", s.inode)));
        own.map(|socket| (socket.address.port(), process.pid)).collect::<Vec<_>>()
    };
    processes.iter().flat_map(of).collect()
}

pub(super) fn pressure() -> Vec<String> {
    let some = |name: &str| {
        let text = fs::read_to_string(format!("/proc/pressure/{name}")).ok()?;
        Some(format!("{name} {}", text.lines().next()?))
    };
    ["cpu", "memory", "io"].into_iter().filter_map(some).collect()
}

/// In a namespace of processes that has no /proc of its own, the outer one shows other ids.
pub(super) fn can_be_seen() -> bool {
    let own = fs::read_link("/proc/self").ok();
    own.is_some_and(|own| own.to_str() == Some(&std::process::id().to_string()))
}

/// The id that was given last: another one than before if anything was started since.
pub(super) fn newest() -> Option<i32> {
    fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().last()?.parse().ok()
}

pub(super) fn unseen() -> Vec<&'static str> {
    unseen_in(Path::new("/proc"))
}

pub(super) fn ignores(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}

/// Process 1 stands for those of others: it is always there, and seldom ours.
fn unseen_in(proc: &Path) -> Vec<&'static str> {
    let reads = |file: &str| File::open(proc.join(file)).is_ok();
    let lists = |folder: &str| fs::read_dir(proc.join(folder)).is_ok();
    let others = reads("1/stat");
    let sights = [
        (reads("self/environ"), "environments of processes"),
        (lists("self/fd"), "who holds a pipe"),
        (reads("net/tcp"), "open sockets"),
        (reads("self/wchan"), "wait channels"),
        (reads("pressure/cpu"), "pressure"),
        (others, "processes of other users"),
        (!others || lists("1/fd"), "what processes of other users hold"),
    ];
    sights.into_iter().filter(|(seen, _)| !seen).map(|(_, what)| what).collect()
}

/// Processes start at a number of clock ticks after the machine did.
pub(super) fn age(process: &Process) -> Option<Duration> {
    let uptime = fs::read_to_string("/proc/uptime").ok()?;
    let uptime: f64 = uptime.split(' ').next()?.parse().ok()?;
    let ticks = rustix::param::clock_ticks_per_second() as f64;
    Duration::try_from_secs_f64((uptime - process.started as f64 / ticks).max(0.0)).ok()
}

/// A file descriptor of the process pins it: it is opened first, then checked to be the one that
/// is meant, so that the signal cannot reach another process that got the same id in between.
pub(super) fn signal(process: &Process, pid: Pid, signal: Signal) {
    let Ok(pinned) = pidfd_open(pid, PidfdFlags::empty()) else { return };
    if process.is_live_in(find(process.pid).as_ref()) {
        let _ = pidfd_send_signal(&pinned, signal);
    }
}

fn strings(bytes: &[u8]) -> Vec<String> {
    let parts = bytes.split(|byte| *byte == 0).filter(|part| !part.is_empty());
    parts.map(|part| String::from_utf8_lossy(part).into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_stat_line_whose_program_is_named_to_confuse() {
        let stat = "42 (a) R 1 (x) S 7 40 39 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 12345 0 0";
        let process = parse_stat(stat).unwrap();
        assert_eq!((process.pid, process.state, process.parent), (42, 'S', 7));
        assert_eq!((process.group, process.started), (40, 12345));
        assert_eq!(process.argv, ["[a) R 1 (x]"]);
        let of_kernel = "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 10 0 0";
        assert_eq!(parse_stat(of_kernel), None);
    }

    #[test]
    fn a_copy_that_has_executed_nothing_is_told_from_a_program() {
        use std::io::BufRead;
        let script = "(echo $BASHPID; read line) & exec cat";
        let mut shell = std::process::Command::new("bash")
            .args(["-c", &format!("exec 3<&0; {script}")])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = io::BufReader::new(shell.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        assert!(is_copy(line.trim().parse().unwrap()) && !is_copy(std::process::id() as i32));
        drop(shell.stdin.take());
        shell.wait().unwrap();
    }

    #[test]
    fn what_is_not_below_proc_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let unseen = unseen_in(folder.path());
        assert!(
            unseen.contains(&"who holds a pipe") && unseen.contains(&"processes of other users")
        );
        fs::create_dir_all(folder.path().join("pressure")).unwrap();
        fs::create_dir_all(folder.path().join("self/fd")).unwrap();
        fs::write(folder.path().join("pressure/cpu"), "some").unwrap();
        let left = unseen_in(folder.path());
        assert!(!left.contains(&"pressure") && !left.contains(&"who holds a pipe"), "{left:?}");
        assert!(!super::super::unseen().contains(&"environments of processes".to_owned()));
    }

    #[test]
    fn an_environment_is_read_as_a_whole_or_not_at_all() {
        let of_test = (0..200).map(|number| (format!("PART_{number}"), "x".repeat(500)));
        let mut shell = std::process::Command::new("sh")
            .args(["-c", "while [ -d /proc/$PPID ]; do /bin/true; done"])
            .envs(of_test)
            .spawn()
            .unwrap();
        let parts = |pid| {
            let found = environment(pid).unwrap_or_default();
            found.iter().filter(|(key, _)| key.starts_with("PART_")).count()
        };
        let children = || list().filter(|p| p.parent == shell.id() as i32);
        let seen: Vec<usize> =
            (0..300).flat_map(|_| children().map(|p| parts(p.pid)).collect::<Vec<_>>()).collect();
        shell.kill().unwrap();
        shell.wait().unwrap();
        assert!(seen.iter().all(|count| [0, 200].contains(count)), "{seen:?}");
    }

    #[test]
    fn garbage_is_no_process() {
        for stat in ["", "x", "1 (a", "1 (a) S", "1 (a) S x y z"] {
            assert_eq!(parse_stat(stat), None, "{stat}");
        }
    }

    #[test]
    fn holds_against_whatever_a_kernel_or_a_program_says() {
        let stat = b"42 (a) R 1 (x) S 7 40 39 0 -1 4194560 1 0 0 0 0 0 0 0 0 20 0 1 0 12345 0 0";
        let table = b"sl local rem st\n 0: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0 4242 1\n";
        let environment = b"PATH=/bin\0SMOKE_RUN_ID=x\0=\0A\0";
        crate::fuzz::hold(&[stat, table, environment], |bytes| {
            let text = String::from_utf8_lossy(bytes);
            if let Some(process) = parse_stat(&text) {
                assert!(!process.argv.is_empty() && process.command_line().chars().count() <= 200);
            }
            assert!(sockets::rows(&text).len() <= text.lines().count());
        });
    }
}
