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
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

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

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::{Child, Command, Stdio};

    use super::*;

    /// A shell with a child of its own, ended when the test ends.
    struct Shell(Child);

    impl Shell {
        fn start(run: &str) -> Self {
            let mut child = Command::new("sh")
                .args(["-c", "sleep 1000 & echo ready; cat"])
                .env("SMOKE_TEST_RUN", run)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut line = String::new();
            BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
            assert_eq!(line, "ready\n");
            Self(child)
        }

        fn pid(&self) -> i32 {
            self.0.id() as i32
        }
    }

    impl Drop for Shell {
        fn drop(&mut self) {
            descendants(self.pid()).iter().for_each(|p| p.signal(Signal::KILL));
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn finds_a_process_by_its_environment_and_its_tree() {
        let shell = Shell::start("tree-7");
        assert!(carrying("SMOKE_TEST_RUN", "tree-70").is_empty());
        assert!(!descendants(shell.pid()).is_empty());
        // The system hides the environment of its own shell elsewhere.
        if cfg!(target_os = "linux") {
            assert!(carrying("SMOKE_TEST_RUN", "tree-7").iter().any(|p| p.pid == shell.pid()));
        }
    }

    #[test]
    fn reads_what_this_very_process_was_started_with() {
        let own = std::process::id() as i32;
        let found = environment(own).unwrap();
        let path = std::env::var("PATH").unwrap();
        assert!(found.contains(&("PATH".to_owned(), path)), "{found:?}");
        let own_file = std::env::current_exe().unwrap().canonicalize().unwrap();
        assert_eq!(program(own).as_deref(), own_file.to_str());
        assert!(find(own).unwrap().age().unwrap() < Duration::from_secs(3600));
        // Whoever looks must not see that it looks: a family would never be empty.
        assert!(
            descendants(own).iter().all(|process| process.argv.iter().all(|word| word != "-o"))
        );
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn finds_who_holds_a_pipe() {
        let shell = Shell::start("pipe");
        let stdout = shell.0.stdout.as_ref().unwrap();
        let inode = rustix::fs::fstat(stdout).unwrap().st_ino;
        assert!(holders(inode).iter().any(|p| p.pid == shell.pid()));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn finds_what_shows_no_command_line() {
        use std::os::unix::process::CommandExt;
        let mut nameless =
            Command::new("cat").arg0("").process_group(0).stdin(Stdio::piped()).spawn().unwrap();
        let shell = Shell::start("named");
        let found: Vec<i32> = becoming().iter().map(|process| process.pid).collect();
        assert!(found.contains(&(nameless.id() as i32)) && !found.contains(&shell.pid()));
        drop(nameless.stdin.take());
        nameless.wait().unwrap();
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn looks_again_where_something_was_started_while_it_looked() {
        let looks = std::cell::Cell::new(0);
        let own = find(std::process::id() as i32).unwrap();
        let found = found_by(|| {
            looks.set(looks.get() + 1);
            Command::new("true").status().unwrap();
            if looks.get() == 2 { vec![own.clone()] } else { Vec::new() }
        });
        assert_eq!((found, looks.get()), (vec![own], 2));
    }

    #[test]
    fn a_signal_does_not_reach_a_later_process_with_the_same_id() {
        let shell = Shell::start("reuse");
        let mut stranger = find(shell.pid()).unwrap();
        stranger.started += 1;
        stranger.signal(Signal::KILL);
        assert!(find(shell.pid()).unwrap().lives_on());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn names_the_ports_that_a_process_listens_on() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let own = find(std::process::id() as i32).unwrap();
        assert!(ports_of(std::slice::from_ref(&own)).contains(&(port, own.pid)));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn names_the_owner_of_a_listening_port() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let found = listeners(listener.local_addr().unwrap().port());
        let owner = found[0].owner.as_ref().unwrap();
        assert_eq!(owner.pid, std::process::id() as i32);
    }
}
