//! The sampler: measures what the run uses of the machine, again and again, at little cost.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use smoke_core::process::load::{self, Member, Stalls};
use smoke_core::process::{self, Process};
use smoke_core::text::legible::cut;
use smoke_record::sample::{Pressure, Sample, StartedProcess};

use crate::step::leaks::STEP;

/// The shortest pause between two looks.
const SHORTEST: Duration = Duration::from_millis(50);
/// A pause is at least this part of the time that the run has taken, which bounds the number of
/// looks: a run of a minute has 350, one of an hour 760.
const PART: u32 = 100;
/// A pause is at least so many times as long as the look took, which bounds the cost.
const COST: u32 = 50;
/// The most processes that are told one by one: a build can start thousands.
const MOST: usize = 400;
/// The longest command line that is kept, in characters.
const LONGEST: usize = 400;

/// Takes a sample at the beginning and then again and again, until the other end of `over` is
/// dropped. Where the platform tells nothing, there are no samples.
pub fn keep_looking(over: &Receiver<()>, take: &dyn Fn(Sample)) {
    let begin = Instant::now();
    let mut last = Look::now(begin);
    let (mut told, mut known) = (0, BTreeMap::new());
    if last.cpu.is_zero() && last.memory_kib == 0 {
        return;
    }
    let mut pause = SHORTEST;
    while over.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
        let before = Instant::now();
        let look = Look::now(before);
        let mut sample = look.since(&last);
        (sample.started, sample.ended) = changes(&mut known, &look.members, &mut told);
        take(sample);
        last = look;
        pause = (before.elapsed() * COST).max(begin.elapsed() / PART).max(SHORTEST);
    }
}

struct Look {
    when: Instant,
    cpu: Duration,
    memory_kib: u64,
    stalls: Option<Stalls>,
    members: BTreeMap<i32, Member>,
}

impl Look {
    fn now(when: Instant) -> Self {
        let load = load::load(std::process::id() as i32);
        let (cpu, memory_kib, members) = (load.cpu, load.memory_kib, load.members);
        Self { when, cpu, memory_kib, members, stalls: load::stalls() }
    }

    fn since(&self, before: &Self) -> Sample {
        let micros = |time: Duration| time.as_micros() as u64;
        let waited = |now: Stalls, then: Stalls| Pressure {
            cpu_us: micros(now.cpu.saturating_sub(then.cpu)),
            memory_us: micros(now.memory.saturating_sub(then.memory)),
            io_us: micros(now.io.saturating_sub(then.io)),
        };
        Sample {
            cpu_us: micros(self.cpu.saturating_sub(before.cpu)),
            over_us: micros(self.when - before.when),
            memory_kib: self.memory_kib,
            processes: self.members.len(),
            pressure: self.stalls.zip(before.stalls).map(|(now, then)| waited(now, then)),
            ..Sample::default()
        }
    }
}

/// The processes that came and went, bringing `known` up to date. One that was just becoming
/// another program is told at the next look, when it has its name.
fn changes(
    known: &mut BTreeMap<i32, Member>,
    now: &BTreeMap<i32, Member>,
    told: &mut usize,
) -> (Vec<StartedProcess>, Vec<i32>) {
    let is_there = |pid: &i32, member: &Member| now.get(pid).is_some_and(|m| same(m, member));
    let ended: Vec<i32> =
        known.iter().filter(|(pid, member)| !is_there(pid, member)).map(|(pid, _)| *pid).collect();
    known.retain(|pid, _| !ended.contains(pid));
    let mut started = Vec::new();
    for (pid, member) in now {
        if *told >= MOST || known.contains_key(pid) {
            continue;
        }
        let Some(process) = process::find(*pid).filter(|process| !process.is_becoming()) else {
            continue;
        };
        *told += 1;
        known.insert(*pid, *member);
        started.push(recorded(&process));
    }
    (started, ended)
}

/// A parent changes when an orphan is adopted, which makes it no other process.
fn same(one: &Member, other: &Member) -> bool {
    one.started == other.started
}

fn recorded(process: &Process) -> StartedProcess {
    let environment = process::environment(process.pid).unwrap_or_default();
    let step = environment.into_iter().find(|(key, _)| key == STEP).map(|(_, step)| step);
    let mut left = LONGEST;
    let mut argv = Vec::new();
    for word in &process.argv {
        let kept = cut(word, left);
        left = left.saturating_sub(kept.chars().count());
        argv.push(kept);
        if left == 0 {
            break;
        }
    }
    StartedProcess { pid: process.pid, parent: process.parent, argv, step }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn tells_of_a_process_and_of_its_end() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let pid = child.id() as i32;
        let (over, end) = channel();
        let (sample, samples) = channel();
        let looking = std::thread::spawn(move || {
            keep_looking(&end, &|taken| drop(sample.send(taken)));
        });
        let wait = |found: &dyn Fn(&Sample) -> bool| {
            samples.iter().take(100).any(|sample: Sample| found(&sample))
        };
        assert!(wait(&|s| s.started.iter().any(|p| p.pid == pid && p.argv == ["sleep", "60"])));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(wait(&|s| s.ended.contains(&pid)));
        drop(over);
        looking.join().unwrap();
    }
}
