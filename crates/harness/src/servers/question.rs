//! A question to a server by itself, in a thread of its own.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use smoke_core::environment::Origin;
use smoke_core::process::{self, Process};
use smoke_core::stop::Stop;
use smoke_core::text::legible::seen_from;
use smoke_core::text::tail;
use smoke_core::threads;

use super::config::{Entry, Way};
use super::probe::{Answer, Place, ask, log_name, telling};
use super::running::{alive, ends, runs};
use crate::context::Context;
use crate::roles::supervisor;
use crate::step::{Step, leaks};

/// What all questions need that are asked at one time.
pub struct Scene {
    place: Place,
    clone: Utf8PathBuf,
    /// The processes of the run.
    running: Vec<Process>,
    gateway_runs: bool,
    stop: Stop,
    moment: Duration,
}

/// A question, and its answer once it is there.
pub struct Question {
    /// Who is asked.
    pub entry: Entry,
    scene: Arc<Scene>,
    since: Instant,
    receiver: Receiver<Answer>,
    answer: Option<Answer>,
}

impl Scene {
    /// As it is now.
    pub fn of(context: &Context, step: &Step, stop: &Stop, moment: Duration) -> Self {
        let mut place = place(context);
        place.environment.set(leaks::STEP, step.id(), Origin::Run);
        Self {
            place,
            clone: context.paths.clone.clone(),
            running: process::of_run(&context.run.id),
            gateway_runs: supervisor::of(context).status().gateway.is_some(),
            stop: stop.clone(),
            moment,
        }
    }

    fn ask(&self, entry: &Entry, left: Duration) -> Answer {
        match self.running.iter().find(|process| runs(process, entry)) {
            Some(process) if self.gateway_runs || !ends(process, &self.stop) => alive(process),
            _ => ask(entry, &self.place, left, &self.stop),
        }
    }
}

impl Question {
    /// Asks `entry`, within what is `left`.
    pub fn begin(entry: &Entry, scene: &Arc<Scene>, left: Duration) -> Self {
        let left = match entry.way {
            Way::Stdio { .. } => left,
            Way::Http { .. } => left.min(scene.moment),
        };
        let ((sender, receiver), theirs, asked) = (channel(), scene.clone(), entry.clone());
        // Without a thread there is no answer.
        let _ = threads::start(move || drop(sender.send(theirs.ask(&asked, left))));
        let (entry, scene, since) = (entry.clone(), scene.clone(), Instant::now());
        Self { entry, scene, since, receiver, answer: None }
    }

    /// Takes the answer, if it is there by now. True if it is new.
    pub fn collect(&mut self) -> bool {
        if self.answer.is_none() {
            self.answer = match self.receiver.try_recv() {
                Ok(answer) => Some(answer),
                Err(TryRecvError::Empty) => None,
                Err(TryRecvError::Disconnected) => Some(Answer::default()),
            };
            return self.answer.is_some();
        }
        false
    }

    /// Whether the answer is there.
    pub fn is_over(&self) -> bool {
        self.answer.is_some()
    }

    /// Whether it was counted on because it ran, and does so no more.
    pub fn is_of_one_that_ended(&self) -> bool {
        let running = self.answer.as_ref().and_then(|answer| answer.running.as_ref());
        running.is_some_and(|process| !process.lives_on())
    }

    /// The answer as it is by now: of one that has not answered, how long that is so, and its last words.
    pub fn by_now(&self) -> Answer {
        let said = self.answer.clone().unwrap_or_else(|| {
            let log = self.scene.place.logs.join(log_name(&self.entry.name));
            let asked = format!("no answer within {:.1} s", self.since.elapsed().as_secs_f64());
            let why = [asked].into_iter().chain(telling(&tail::lines(&log, 20))).collect();
            Answer { why, ..Answer::default() }
        });
        let why = said.why.iter().map(|line| seen_from(&self.scene.clone, line)).collect();
        Answer { why, ..said }
    }

    /// Waits until it is over, at the latest until `end`.
    pub fn await_end(self, end: Instant) {
        if !self.is_over() {
            let _ = self.receiver.recv_timeout(end.saturating_duration_since(Instant::now()));
        }
    }
}

/// Where a server is started that is asked by itself: as the gateway would start it.
/// Where a server is run that is asked by itself, and with what: as the gateway runs it.
pub fn place(context: &Context) -> Place {
    let cwd = context.profile.gateway.cwd.as_ref().and_then(|cwd| context.expand(cwd).ok());
    let cwd = context.paths.clone.join(cwd.unwrap_or_default());
    Place { cwd, environment: context.environment.clone(), logs: context.paths.logs.clone() }
}
