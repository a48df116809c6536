//! The work of a process and its descendants: what shows that a command which says nothing goes on.

use std::fs;
use std::time::Duration;

use super::load;

/// What they have done up to now, and what they are doing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Work {
    /// The CPU time of all of them, those included that have ended and were waited for.
    pub cpu: Duration,
    /// What they have written, in bytes.
    pub written: u64,
    /// The name of one that has the CPU or waits for it, the youngest.
    pub running: Option<String>,
    /// The name of the one that has written most.
    pub writing: Option<String>,
}

/// The work of `first` and its descendants; nothing where the platform does not tell.
pub fn work(first: i32) -> Work {
    let mut work = Work::default();
    let (mut youngest, mut most) = (0, 0);
    for (pid, stat) in load::family(first) {
        work.cpu += stat.cpu;
        if stat.state == 'R' && stat.member.started >= youngest {
            youngest = stat.member.started;
            work.running = Some(stat.name.clone());
        }
        let written = written(pid);
        work.written += written;
        if written > most {
            most = written;
            work.writing = Some(stat.name);
        }
    }
    work
}

/// What a process has written so far, with those of its children that it has waited for. To files or to
/// others: of what is written to a memory disk, nothing else tells.
fn written(pid: i32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/io")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("wchar:"));
    line.and_then(|bytes| bytes.trim().parse().ok()).unwrap_or(0)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Command, Stdio};
    use std::time::Instant;

    use super::*;

    #[test]
    fn what_a_child_writes_and_uses_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file").display().to_string();
        let script = format!("echo 12345 >{file}; echo; read line; while :; do :; done");
        let mut child = Command::new("sh")
            .args(["-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
        let pid = child.id() as i32;
        let before = work(pid);
        child.stdin.take().unwrap().write_all(b"go on\n").unwrap();
        let end = Instant::now() + Duration::from_secs(20);
        let busy = loop {
            let now = work(pid);
            if now.cpu > before.cpu && now.running.is_some() || Instant::now() > end {
                break now;
            }
        };
        child.kill().unwrap();
        child.wait().unwrap();
        // The number and a line feed, and the lone line feed.
        assert_eq!((before.written, before.writing.as_deref()), (7, Some("sh")));
        assert_eq!((busy.running.as_deref(), busy.written), (Some("sh"), 7));
        assert!(busy.cpu > before.cpu);
        assert_eq!(work(pid), Work::default());
    }
}
