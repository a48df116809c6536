//! Bounded waits: a probe is tried again, the more seldom the longer the wait, until it is satisfied, gives
//! up or runs out of time, and the reason of every failed attempt is kept.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use crate::awake;
use crate::stop::Stop;

/// How long to wait and how long to pause between attempts.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// The whole wait is over after this time.
    pub deadline: Duration,
    /// The shortest pause.
    pub shortest_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// A pause is at most so small a part of the time that was waited: nothing is noticed later than
    /// by that.
    pub share: u32,
}

impl Patience {
    /// Fit for something on this machine: it is noticed within a tenth of the time that it took, and
    /// within a quarter of a second.
    pub fn local(deadline: Duration) -> Self {
        let (shortest_pause, longest_pause) =
            (Duration::from_millis(2), Duration::from_millis(250));
        Self { deadline, shortest_pause, longest_pause, share: 10 }
    }

    /// Fit for something that everything else waits for: it is noticed within a small part of the
    /// time that it took.
    pub fn alert(deadline: Duration) -> Self {
        Self { share: 400, ..Self::local(deadline) }
    }

    /// The pause after an attempt that took so long, and ended so long after the start. What takes
    /// long to answer is not asked all the time.
    fn pause(&self, waited: Duration, took: Duration) -> Duration {
        let pause = (waited / self.share).max(took * 2);
        pause.clamp(self.shortest_pause, self.longest_pause)
    }
}

/// What one attempt found.
#[derive(Debug)]
pub enum Probe<T, E> {
    /// What was waited for is there.
    Ready(T),
    /// Not yet, and why.
    NotYet(E),
    /// Not yet, and why; the attempt itself waited until there was something to try again for.
    Waited(E),
    /// It will never be, and why.
    Never(E),
}

/// A failed attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt<E> {
    /// Counted from 1.
    pub number: usize,
    /// When it ended, measured from the start of the wait.
    pub at: Duration,
    /// Why it failed.
    pub reason: E,
}

/// Why a wait ended without what it waited for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GaveUp {
    /// The deadline passed.
    Deadline,
    /// The probe said that it will never be.
    Never,
    /// A stop was asked for.
    Stopped,
}

impl fmt::Display for GaveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deadline => "the time for it is over",
            Self::Never => "it will never be",
            Self::Stopped => "it was interrupted",
        })
    }
}

impl std::error::Error for GaveUp {}

/// A wait that failed: how it ended, and every attempt.
#[derive(Clone, Debug)]
pub struct Failure<E> {
    /// How it ended.
    pub gave_up: GaveUp,
    /// All failed attempts, oldest first, without the repeats between the first and the last of
    /// the same reason.
    pub attempts: Vec<Attempt<E>>,
}

/// Tries `probe` until it is ready. `probe` gets the time that is left, to bound itself with it;
/// `on_attempt` sees every failed attempt at once.
///
/// # Errors
/// See [`GaveUp`].
pub fn until<T, E: Clone + PartialEq>(
    patience: Patience,
    stop: &Stop,
    mut on_attempt: impl FnMut(&Attempt<E>),
    mut probe: impl FnMut(Duration) -> Probe<T, E>,
) -> Result<T, Failure<E>> {
    let start = awake::now();
    let elapsed = || awake::now().saturating_duration_since(start);
    let mut attempts = Vec::new();
    for number in 1.. {
        let begin = elapsed();
        let left = patience.deadline.saturating_sub(begin);
        let (reason, never, rests) = match probe(left) {
            Probe::Ready(value) => return Ok(value),
            Probe::NotYet(reason) => (reason, false, true),
            Probe::Waited(reason) => (reason, false, false),
            Probe::Never(reason) => (reason, true, false),
        };
        let attempt = Attempt { number, at: elapsed(), reason };
        let pause = match rests {
            true => patience.pause(attempt.at, attempt.at.saturating_sub(begin)),
            false => Duration::ZERO,
        };
        on_attempt(&attempt);
        keep(&mut attempts, attempt);
        let left = patience.deadline.saturating_sub(elapsed());
        if never {
            return Err(Failure { gave_up: GaveUp::Never, attempts });
        }
        if left.is_zero() {
            return Err(Failure { gave_up: GaveUp::Deadline, attempts });
        }
        if !sleep(jitter(pause).min(left), stop) {
            return Err(Failure { gave_up: GaveUp::Stopped, attempts });
        }
    }
    unreachable!("the attempts are counted without end")
}

/// After so long, a process that was becoming another program has become it.
const MOMENT: Duration = Duration::from_millis(30);

/// What `look` still finds after a moment, within which a process that was becoming another program has
/// become it; sooner when it finds nothing any more.
pub fn settled<T>(look: impl Fn() -> Vec<T>) -> Vec<T> {
    const PAUSE: Duration = Duration::from_millis(2);
    let end = Instant::now() + MOMENT;
    loop {
        let found = look();
        if found.is_empty() || Instant::now() >= end {
            return found;
        }
        thread::sleep(PAUSE);
    }
}

/// Sleeps for `time`, or less when a stop is asked for; says whether it slept to the end.
pub fn sleep(time: Duration, stop: &Stop) -> bool {
    const TICK: Duration = Duration::from_millis(20);
    let end = Instant::now() + time;
    while !stop.is_set() {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        thread::sleep(left.min(TICK));
    }
    false
}

/// A pause of 75 to 125 percent, so that two waits that started together do not stay in step.
fn jitter(pause: Duration) -> Duration {
    pause.mul_f64(fastrand::f64() / 2.0 + 0.75)
}

/// Keeps the list short on a long wait: a run of equal reasons is its first and its last attempt.
fn keep<E: PartialEq>(attempts: &mut Vec<Attempt<E>>, attempt: Attempt<E>) {
    let repeats = attempts.iter().rev().take_while(|a| a.reason == attempt.reason).count();
    if repeats >= 2 {
        attempts.pop();
    }
    attempts.push(attempt);
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Patience = Patience {
        deadline: Duration::from_millis(60),
        shortest_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(5),
        share: 10,
    };

    #[test]
    fn keeps_the_reason_of_every_kind_of_failure() {
        let reasons = ["refused", "refused", "refused", "404"];
        let mut seen = 0;
        let result = until(QUICK, &Stop::default(), |_| seen += 1, {
            let mut next = reasons.iter();
            move |_| match next.next() {
                Some(reason) if *reason == "404" => Probe::Never(*reason),
                Some(reason) => Probe::NotYet(*reason),
                None => Probe::Ready(()),
            }
        });
        let failure = result.unwrap_err();
        let kept: Vec<_> = failure.attempts.iter().map(|a| (a.number, a.reason)).collect();
        assert_eq!(failure.gave_up, GaveUp::Never);
        assert_eq!(kept, [(1, "refused"), (3, "refused"), (4, "404")]);
        assert_eq!(seen, 4);
    }

    #[test]
    fn pauses_grow_with_the_wait_and_with_what_an_attempt_takes() {
        let of = |waited, took| {
            let [waited, took] = [waited, took].map(Duration::from_millis);
            Patience::alert(Duration::from_secs(60)).pause(waited, took).as_millis()
        };
        assert_eq!([of(0, 0), of(2000, 1), of(0, 10), of(20_000, 1)], [2, 5, 20, 50]);
        assert_eq!([of(200_000, 1), of(1000, 2000)], [250, 250]);
        let local = Patience::local(Duration::from_secs(60));
        assert_eq!(local.pause(Duration::from_secs(1), Duration::ZERO).as_millis(), 100);
    }

    #[test]
    fn ends_at_the_deadline() {
        let start = Instant::now();
        let failure = until(QUICK, &Stop::default(), |_| (), |_| Probe::<(), _>::NotYet("no"));
        assert_eq!(failure.unwrap_err().gave_up, GaveUp::Deadline);
        assert!(start.elapsed() >= QUICK.deadline);
    }

    #[test]
    fn ends_when_a_stop_is_asked_for() {
        let stop = Stop::default();
        let patience = Patience::local(Duration::from_secs(60));
        let failure = until(patience, &stop, |_| stop.note(2), |_| Probe::<(), _>::NotYet("no"));
        assert_eq!(failure.unwrap_err().gave_up, GaveUp::Stopped);
    }
}
