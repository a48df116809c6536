//! Orphans: processes whose parent has ended. A process that asked to adopt them has to take note of
//! their ends, as the first process of a machine does, or they stay visible as zombies: whoever waits
//! by their ids until they are gone, as pm2 does for its apps, would wait for ever.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, WaitOptions, waitpid};

use super::{Process, find};

/// From now on, orphans among the descendants of this process become its children, so that they
/// are still found among its descendants. Where the platform cannot do that, nothing changes.
pub fn adopt() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// Whether [`adopt`] does anything here.
pub fn can_be_adopted() -> bool {
    cfg!(target_os = "linux")
}

/// Takes note of the ends of those of `known` that were somebody else's children when they were
/// looked at, and have ended as orphans of this process. Its own children are for those who started
/// them.
pub fn bury(known: &[Process]) {
    let own = std::process::id() as i32;
    for process in known.iter().filter(|process| process.parent != own) {
        let now = find(process.pid).filter(|now| now.is(process));
        if now.is_some_and(|now| now.parent == own && now.state == 'Z') {
            let _ = waitpid(Pid::from_raw(process.pid), WaitOptions::NOHANG);
        }
    }
}

/// Does `work`, for which it matters that the ends of `known` are taken note of meanwhile.
pub fn bury_during<T>(known: &[Process], work: impl FnOnce() -> T) -> T {
    const POLL: Duration = Duration::from_millis(20);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let watch = || {
            while !done.load(Ordering::SeqCst) {
                bury(known);
                thread::sleep(POLL);
            }
        };
        // Without a thread, the work takes as long as it takes.
        let _ = thread::Builder::new().spawn_scoped(scope, watch);
        let result = work();
        done.store(true, Ordering::SeqCst);
        result
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    use std::time::Instant;

    use rustix::process::Signal;

    use super::*;

    fn until(what: &dyn Fn() -> bool) {
        let end = Instant::now() + Duration::from_secs(20);
        while !what() {
            assert!(Instant::now() < end, "it did not come true");
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn an_orphan_that_ended_is_gone_and_an_own_child_is_not_taken_away() {
        adopt();
        let script = "cat <&3 & echo $!; exec cat";
        let command = ["-c", &format!("exec 3<&0; {script}")];
        let mut shell = Command::new("sh")
            .args(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(shell.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let child = find(line.trim().parse().unwrap()).unwrap();
        let parent = find(shell.id() as i32).unwrap();
        parent.signal(Signal::KILL);
        let state = |process: &Process| find(process.pid).map(|now| (now.parent, now.state));
        let own = std::process::id() as i32;
        until(&|| state(&parent) == Some((own, 'Z')));
        child.signal(Signal::KILL);
        until(&|| state(&child) == Some((own, 'Z')));
        bury(&[child.clone(), parent.clone()]);
        assert_eq!((state(&child), state(&parent)), (None, Some((own, 'Z'))));
        assert!(shell.wait().is_ok());
    }
}
