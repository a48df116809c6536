//! The hit on a run: with which signal, when, and on whom.

use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};
use std::{fmt, thread};

use anyhow::{Context, Result, bail};
use fastrand::Rng;
use rustix::process::Signal;
use smoke_core::process::{self, Process};

use super::place::Place;

/// A blow to a run.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The process that gets it.
    pub whom: Whom,
    /// What it gets.
    pub how: How,
    /// How long after the start of the run, or of the process.
    pub after: Duration,
}

/// Who is hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// The run itself.
    Harness,
    /// The run, and its guard just before.
    HarnessAndGuard,
    /// The embedded supervisor.
    Supervisor,
    /// The gateway.
    Gateway,
}

/// What somebody gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// One signal.
    Once(Signal),
    /// INT, and INT again.
    Twice,
    /// STOP, and CONT after a while.
    Pause(Duration),
}

/// How the run itself ended.
pub type Ended = ExitStatus;

impl Hit {
    /// One of the blows, at some moment of a run that usually takes so long.
    pub fn choose(rng: &mut Rng, usual: Duration) -> Self {
        const SIGNALS: [Signal; 4] = [Signal::INT, Signal::TERM, Signal::HUP, Signal::KILL];
        let signal = How::Once(SIGNALS[rng.usize(..SIGNALS.len())]);
        let pause = How::Pause(Duration::from_millis(rng.u64(10..1500)));
        let (whom, how) = match rng.u8(..16) {
            0..7 => (Whom::Harness, signal),
            7 | 8 => (Whom::Harness, How::Twice),
            9 | 10 => (Whom::Harness, pause),
            11 | 12 => (Whom::HarnessAndGuard, How::Once(Signal::KILL)),
            13 => (Whom::Supervisor, signal),
            14 => (Whom::Gateway, signal),
            _ => (Whom::Gateway, pause),
        };
        let late = matches!(whom, Whom::Supervisor | Whom::Gateway);
        let span = if late { usual / 2 } else { usual * 11 / 10 };
        Self { whom, how, after: span.mul_f64(rng.f64()) }
    }

    /// Whether nothing is left that would clear up after the run.
    pub fn takes_the_guard(&self) -> bool {
        self.whom == Whom::HarnessAndGuard
    }

    /// Waits for the moment, delivers it, and waits for the end of the run.
    ///
    /// # Errors
    /// The run does not end.
    pub fn deliver(&self, place: &Place, run: &mut Child) -> Result<Ended> {
        let harness = process::find(run.id() as i32).context("the run has no process")?;
        let target = match self.whom {
            Whom::Harness | Whom::HarnessAndGuard => Some(harness.clone()),
            Whom::Supervisor => appears(place, run, "supervise"),
            Whom::Gateway => appears(place, run, "gateway"),
        };
        thread::sleep(self.after);
        if self.takes_the_guard() {
            place.carriers("guard").iter().for_each(|guard| guard.signal(Signal::KILL));
        }
        if let Some(target) = target {
            self.strike(&target);
        }
        end_of(run)
    }

    fn strike(&self, target: &Process) {
        const MOMENT: Duration = Duration::from_millis(20);
        match self.how {
            How::Once(signal) => target.signal(signal),
            How::Twice => {
                target.signal(Signal::INT);
                thread::sleep(MOMENT);
                target.signal(Signal::INT);
            }
            How::Pause(time) => {
                target.signal(Signal::STOP);
                thread::sleep(time);
                target.signal(Signal::CONT);
            }
        }
    }
}

/// The process of this run whose first argument is `word`, once it is there.
fn appears(place: &Place, run: &mut Child, word: &str) -> Option<Process> {
    const LOOK: Duration = Duration::from_millis(2);
    while matches!(run.try_wait(), Ok(None)) {
        if let Some(found) = place.carriers(word).into_iter().next() {
            return Some(found);
        }
        thread::sleep(LOOK);
    }
    None
}

fn end_of(run: &mut Child) -> Result<ExitStatus> {
    const BOUND: Duration = Duration::from_secs(120);
    const LOOK: Duration = Duration::from_millis(2);
    let end = Instant::now() + BOUND;
    loop {
        if let Some(status) = run.try_wait().context("wait for the run")? {
            return Ok(status);
        }
        if Instant::now() >= end {
            bail!("the run, pid {}, has not ended within {BOUND:?}", run.id());
        }
        thread::sleep(LOOK);
    }
}

impl fmt::Display for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} after {} ms", self.whom, self.how, self.after.as_millis())?;
        match self.how {
            How::Pause(time) => write!(f, " for {} ms", time.as_millis()),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Whom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Whom::Harness => "harness",
            Whom::HarnessAndGuard => "harness+guard",
            Whom::Supervisor => "supervisor",
            Whom::Gateway => "gateway",
        })
    }
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            How::Once(Signal::INT) => f.write_str("INT"),
            How::Once(Signal::TERM) => f.write_str("TERM"),
            How::Once(Signal::HUP) => f.write_str("HUP"),
            How::Once(signal) if signal == Signal::KILL => f.write_str("KILL"),
            How::Once(signal) => write!(f, "{signal:?}"),
            How::Twice => f.write_str("INT twice"),
            How::Pause(_) => f.write_str("STOP+CONT"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_chooses_the_same_hits_again() {
        let usual = Duration::from_secs(1);
        let hits = |seed| {
            let mut rng = Rng::with_seed(seed);
            (0..50).map(|_| Hit::choose(&mut rng, usual).to_string()).collect::<Vec<_>>()
        };
        assert_eq!(hits(7), hits(7));
        assert_ne!(hits(7), hits(8));
    }
}
