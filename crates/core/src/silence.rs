//! The silence of a command, and whether it works meanwhile.
//!
//! Compilers, installers and type checkers can be silent for as long as they like. One whose processes
//! use the CPU, wait for it, or write something, moves. One that prints is not silent: what prints the
//! same for ever, such as a server that crashes again and again, uses the CPU as well, and does not
//! move. Only if it prints so seldom that most of the time is silence, as installers do which say now and
//! then that they still run, its work counts again.

use std::fmt;
use std::time::{Duration, Instant};

use crate::awake;
use crate::process::{self, Work};

/// Who repeats itself is silent again after so long.
const MUTE: Duration = Duration::from_secs(30);

/// Of the time that a command may be silent, at least this part is spent on the CPU or waiting for it.
/// Less is what looking again and again takes, for something that does not come.
const PART: u32 = 10;

/// A pause between two looks is at least so many times as long as the look took, which bounds the cost.
const COST: u32 = 20;

/// How long nothing new has been said, and what was seen of the work meanwhile.
#[derive(Debug)]
pub struct Silence {
    limit: Option<Duration>,
    /// When it moved last, in whatever way.
    moved: Instant,
    /// When it said something new.
    news: Instant,
    /// When it said something.
    spoke: Instant,
    look: Option<Look>,
    busy: Duration,
}

#[derive(Debug)]
struct Look {
    at: Instant,
    next: Instant,
    work: Work,
}

/// What a command that says nothing new does.
#[derive(Clone, Debug, PartialEq)]
pub struct Quiet {
    /// For how long.
    pub since: Duration,
    /// Which of its processes uses the CPU or waits for it.
    pub uses_cpu: Option<String>,
    /// Which of them writes.
    pub writes: Option<String>,
}

impl fmt::Display for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "silent for {} s, ", self.since.as_secs())?;
        match (&self.uses_cpu, &self.writes) {
            (Some(cpu), Some(writes)) if cpu == writes => {
                write!(f, "uses the CPU and writes ({cpu})")
            }
            (Some(cpu), Some(writes)) => write!(f, "uses the CPU ({cpu}), writes ({writes})"),
            (Some(cpu), None) => write!(f, "uses the CPU ({cpu})"),
            (None, Some(writes)) => write!(f, "writes ({writes})"),
            (None, None) => write!(f, "does nothing"),
        }
    }
}

impl Silence {
    /// Of a command that begins now, and may go without moving for `limit`.
    pub fn new(limit: Option<Duration>) -> Self {
        let now = awake::now();
        Self { limit, moved: now, news: now, spoke: now, look: None, busy: Duration::ZERO }
    }

    /// Something new was said, or only something.
    pub fn hears(&mut self, is_new: bool) {
        let now = awake::now();
        self.spoke = now;
        self.look = None;
        self.busy = Duration::ZERO;
        if is_new {
            (self.moved, self.news) = (now, now);
        }
    }

    /// Looks at the work of the process `first` and its descendants, where it is time for it. Returns what
    /// was seen since the last look.
    pub fn look_at(&mut self, first: i32) -> Option<Quiet> {
        let now = awake::now();
        let repeats = self.spoke > self.moved;
        let early = repeats && now < self.spoke + MUTE || now < self.spoke + self.pause();
        if early || self.look.as_ref().is_some_and(|look| now < look.next) {
            return None;
        }
        let work = process::work(first);
        let next = awake::now() + self.pause().max((awake::now() - now) * COST);
        let before = self.look.replace(Look { at: now, next, work: work.clone() });
        before.map(|before| self.compare(before, now, work))
    }

    fn compare(&mut self, before: Look, now: Instant, work: Work) -> Quiet {
        let used = work.cpu.saturating_sub(before.work.cpu);
        let waited = if work.running.is_some() { now - before.at } else { Duration::ZERO };
        self.busy += used.max(waited);
        let writes = work.written > before.work.written;
        if writes || self.limit.is_some_and(|limit| self.busy >= limit / PART) {
            self.moved = now;
            self.busy = Duration::ZERO;
        }
        let (uses_cpu, writes) = (work.running, work.writing.filter(|_| writes));
        Quiet { since: now - self.news, uses_cpu, writes }
    }

    /// A part of the time that it may be silent, so that enough looks fall into it.
    fn pause(&self) -> Duration {
        const SHORTEST: Duration = Duration::from_millis(50);
        const LONGEST: Duration = Duration::from_secs(1);
        self.limit.map_or(LONGEST, |limit| (limit / 20).clamp(SHORTEST, LONGEST))
    }

    /// The time until it has not moved for too long, if that matters.
    pub fn left(&self) -> Option<Duration> {
        let still = awake::now().saturating_duration_since(self.moved);
        self.limit.map(|limit| limit.saturating_sub(still))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn silence() -> Silence {
        Silence::new(Some(Duration::from_secs(10)))
    }

    fn look(silence: &Silence, ms: u64, cpu: u64, written: u64, state: &str) -> (Look, Instant) {
        let at = silence.moved + Duration::from_millis(ms);
        let running = (state == "R").then(|| "cc1plus".to_owned());
        let writing = Some("npm".to_owned());
        let work = Work { cpu: Duration::from_millis(cpu), written, running, writing };
        (Look { at, next: at, work }, at)
    }

    #[test]
    fn work_moves_once_it_is_a_tenth_of_the_time() {
        let mut silence = silence();
        let (before, _) = look(&silence, 0, 0, 5, "S");
        let start = silence.moved;
        let (after, at) = look(&silence, 500, 900, 5, "S");
        let quiet = silence.compare(before, at, after.work.clone());
        assert_eq!(
            (silence.moved, quiet.to_string()),
            (start, "silent for 0 s, does nothing".into())
        );
        let (last, at) = look(&silence, 1000, 1000, 5, "S");
        silence.compare(after, at, last.work);
        assert_eq!(silence.moved, at);
    }

    #[test]
    fn what_waits_for_the_cpu_is_at_work_however_little_it_gets() {
        let mut silence = silence();
        let (before, _) = look(&silence, 0, 0, 0, "S");
        let (after, at) = look(&silence, 1000, 10, 0, "R");
        let quiet = silence.compare(before, at, after.work);
        assert_eq!(silence.moved, at);
        assert_eq!(quiet.to_string(), "silent for 1 s, uses the CPU (cc1plus)");
    }

    #[test]
    fn what_writes_moves() {
        let mut silence = silence();
        let (before, _) = look(&silence, 0, 0, 5, "S");
        let (after, at) = look(&silence, 100, 0, 6, "S");
        let quiet = silence.compare(before, at, after.work);
        assert_eq!((silence.moved, quiet.to_string()), (at, "silent for 0 s, writes (npm)".into()));
    }

    #[test]
    fn who_repeats_itself_is_not_looked_at() {
        let mut silence = silence();
        silence.hears(false);
        silence.spoke += Duration::from_secs(1);
        assert!(silence.look_at(std::process::id() as i32).is_none() && silence.look.is_none());
    }
}
