//! The inquiry: servers are asked by themselves, past the gateway, all at once.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use camino::Utf8PathBuf;
use smoke_core::environment::Origin;
use smoke_core::process::{self, Process};
use smoke_core::stop::Stop;
use smoke_core::text::legible::seen_from;
use smoke_core::threads;

use super::config::Entry;
use super::probe::{Answer, Place, ask};
use super::running::{alive, ends, runs};
use crate::context::Context;
use crate::roles::supervisor;
use crate::step::{Step, leaks};

/// Questions to servers, all under way at once. Each has its own bound.
pub struct Inquiry {
    answers: Vec<Receiver<Answer>>,
    clone: Utf8PathBuf,
}

/// What all of the questions need.
struct Scene {
    place: Place,
    /// The processes of the run.
    running: Vec<Process>,
    gateway_runs: bool,
    stop: Stop,
}

impl Inquiry {
    /// Asks each of `entries` for at most the time that `patience` gives it, within what the step has left.
    /// One that runs is not started a second time.
    pub fn begin(
        context: &Context,
        step: &Step,
        entries: &[Entry],
        patience: fn(&Entry) -> Duration,
    ) -> Self {
        let clone = context.paths.clone.clone();
        if entries.is_empty() {
            return Self { answers: Vec::new(), clone };
        }
        let scene = Arc::new(Scene {
            place: place(context, step),
            running: process::of_run(&context.run.id),
            gateway_runs: supervisor::of(context).status().gateway.is_some(),
            stop: step.stop().clone(),
        });
        let begun = |entry: &Entry| {
            let ((answer, receiver), scene) = (channel(), scene.clone());
            let (entry, patience) = (entry.clone(), step.left().min(patience(entry)));
            // Without a thread there is no answer.
            let _ = threads::start(move || drop(answer.send(scene.ask(&entry, patience))));
            receiver
        };
        Self { answers: entries.iter().map(begun).collect(), clone }
    }

    /// The answers, in the order of the entries, once all are there.
    pub fn answers(self) -> Vec<Answer> {
        let seen = |line: &String| seen_from(&self.clone, line);
        let answers = self.answers.iter().map(|answer| answer.recv().unwrap_or_default());
        answers.map(|said| Answer { why: said.why.iter().map(seen).collect(), ..said }).collect()
    }
}

impl Scene {
    fn ask(&self, entry: &Entry, patience: Duration) -> Answer {
        match self.running.iter().find(|process| runs(process, entry)) {
            Some(process) if self.gateway_runs || !ends(process, &self.stop) => alive(process.pid),
            _ => ask(entry, &self.place, patience, &self.stop),
        }
    }
}

/// Where a server is started that is asked by itself: as the gateway would start it.
fn place(context: &Context, step: &Step) -> Place {
    let mut environment = context.environment.clone();
    environment.set(leaks::STEP, step.id(), Origin::Run);
    let cwd = context.profile.gateway.cwd.as_ref().and_then(|cwd| context.expand(cwd).ok());
    let cwd = context.paths.clone.join(cwd.unwrap_or_default());
    Place { cwd, environment, logs: context.paths.logs.clone() }
}
