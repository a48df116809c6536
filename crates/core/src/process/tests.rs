//! Tests of how processes are found and what is read of them.

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
    assert!(descendants(own).iter().all(|process| process.argv.iter().all(|word| word != "-o")));
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
