//! The sweep: ends processes in the order that works, INT, grace, TERM, grace, KILL, and looks again.

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::process::{self, Process};

/// How long a process gets after each signal.
#[derive(Clone, Copy, Debug)]
pub struct Graces {
    /// After INT.
    pub int: Duration,
    /// After TERM.
    pub term: Duration,
    /// After KILL: the kernel needs a moment, and longer when the process is stuck in a device.
    pub kill: Duration,
}

impl Default for Graces {
    fn default() -> Self {
        let [int, term, kill] = [1000, 2000, 2000].map(Duration::from_millis);
        Self { int, term, kill }
    }
}

impl Graces {
    /// For when it has to end at once.
    pub fn short() -> Self {
        let [int, term, kill] = [100, 300, 2000].map(Duration::from_millis);
        Self { int, term, kill }
    }
}

/// The signals of an escalation with the grace that follows each.
pub fn escalation(graces: &Graces) -> [(Signal, Duration); 3] {
    [(Signal::INT, graces.int), (Signal::TERM, graces.term), (Signal::KILL, graces.kill)]
}

/// Ends all that `find` finds, also what appears meanwhile, and returns what survived.
///
/// A process is signalled once per stage, also when it shows up late: a supervisor that is ending
/// may start its children once more.
pub fn sweep(find: &dyn Fn() -> Vec<Process>, graces: &Graces) -> Vec<Process> {
    for (signal, grace) in escalation(graces) {
        if end_with(find, signal, grace) {
            return Vec::new();
        }
    }
    process::found_by(find)
}

/// Sends `signal` to everything found until nothing is found or the grace is over.
fn end_with(find: &dyn Fn() -> Vec<Process>, signal: Signal, grace: Duration) -> bool {
    const POLL: Duration = Duration::from_millis(5);
    let end = Instant::now() + grace;
    let mut signalled: Vec<Process> = Vec::new();
    loop {
        let found = process::found_by(find);
        if found.is_empty() {
            return true;
        }
        for process in found {
            if !signalled.iter().any(|known| known.is(&process)) {
                process.signal(signal);
                // A stopped process acts on a signal only once it runs again.
                process.signal(Signal::CONT);
                signalled.push(process);
            }
        }
        if Instant::now() >= end {
            return false;
        }
        thread::sleep(POLL);
    }
}

/// The rest of an escalation that somebody else has begun with INT, beside a wait for something else.
#[derive(Debug)]
pub struct Escalation {
    graces: Graces,
    begun: Option<Instant>,
    signalled: Vec<(Process, Signal)>,
}

impl Escalation {
    /// One that begins when it is told of the first process.
    pub fn new(graces: Graces) -> Self {
        Self { graces, begun: None, signalled: Vec::new() }
    }

    /// Sends to each of `found`, once, what it is time for.
    pub fn go_on(&mut self, found: &[Process]) {
        if found.is_empty() {
            return;
        }
        let elapsed = self.begun.get_or_insert_with(Instant::now).elapsed();
        let signal = match elapsed {
            time if time < self.graces.int => return,
            time if time < self.graces.int + self.graces.term => Signal::TERM,
            _ => Signal::KILL,
        };
        for process in found {
            let sent = |(known, sent): &(Process, Signal)| known.is(process) && *sent == signal;
            if !self.signalled.iter().any(sent) {
                process.signal(signal);
                process.signal(Signal::CONT);
                self.signalled.push((process.clone(), signal));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::{Child, Command, Stdio};

    use super::*;
    use crate::process;

    const QUICK: Graces = Graces {
        int: Duration::from_millis(50),
        term: Duration::from_millis(50),
        kill: Duration::from_secs(5),
    };

    /// A process that ignores INT and TERM.
    fn stubborn() -> Child {
        let mut child = Command::new("sh")
            .args(["-c", "trap '' INT TERM; echo ready; while :; do read x; done"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        child
    }

    #[test]
    fn ends_what_ignores_int_and_term() {
        let mut child = stubborn();
        let pid = child.id() as i32;
        let find = || process::find(pid).into_iter().filter(Process::is_live).collect();
        assert_eq!(sweep(&find, &QUICK), []);
        let _ = child.wait();
    }

    #[test]
    fn the_rest_of_an_escalation_ends_what_has_ignored_its_beginning() {
        let mut child = stubborn();
        let pid = child.id() as i32;
        let find = || process::find(pid).into_iter().filter(Process::is_live).collect::<Vec<_>>();
        let (mut escalation, begin) = (Escalation::new(QUICK), Instant::now());
        while !find().is_empty() {
            assert!(begin.elapsed() < Duration::from_secs(20));
            escalation.go_on(&find());
            thread::sleep(Duration::from_millis(5));
        }
        let sent: Vec<Signal> = escalation.signalled.iter().map(|(_, signal)| *signal).collect();
        assert_eq!(sent, [Signal::TERM, Signal::KILL]);
        assert!(begin.elapsed() >= QUICK.int + QUICK.term);
        let _ = child.wait();
    }

    #[test]
    fn nothing_found_is_done_at_once() {
        assert_eq!(sweep(&Vec::new, &Graces::default()), []);
    }
}
