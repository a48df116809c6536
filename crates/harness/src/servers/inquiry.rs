//! The inquiry: servers are asked by themselves, past the gateway, all at once, while their run goes on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use smoke_core::process;
use smoke_core::process::load::load;
use smoke_core::stop::Stop;
use smoke_core::wait;

use super::config::Entry;
use super::probe::Answer;
use super::question::{Question, Scene};
use crate::context::Context;
use crate::step::Step;

/// How long the answers are waited for at the end, and longer only while a server does something.
const PATIENCE: Duration = Duration::from_secs(8);

/// Questions to servers, all under way at once.
pub struct Inquiry {
    questions: Vec<Question>,
    /// How long one that listens is waited for.
    moment: Duration,
    stop: Stop,
}

impl Inquiry {
    /// Asks each of `entries`, within what the step has left, and one that listens for at most `moment`. One
    /// that runs is not started a second time.
    pub fn begin(context: &Context, step: &Step, entries: &[Entry], moment: Duration) -> Self {
        let mut inquiry = Self { questions: Vec::new(), moment, stop: step.stop().child() };
        inquiry.ask(context, step, entries);
        inquiry
    }

    fn ask(&mut self, context: &Context, step: &Step, entries: &[Entry]) {
        if entries.is_empty() {
            return;
        }
        let scene = Arc::new(Scene::of(context, step, &self.stop, self.moment));
        let begun = entries.iter().map(|entry| Question::begin(entry, &scene, step.left()));
        self.questions.extend(begun);
    }

    /// Takes the answers that are there, and asks those that were found running and run no more. True if
    /// anything is new.
    pub fn collect(&mut self, context: &Context, step: &Step) -> bool {
        let mut is_new = false;
        self.questions.iter_mut().for_each(|question| is_new |= question.collect());
        let gone = self.questions.extract_if(.., |question| question.is_of_one_that_ended());
        let gone: Vec<Entry> = gone.map(|question| question.entry).collect();
        self.ask(context, step, &gone);
        is_new || !gone.is_empty()
    }

    /// Whether all answers are there.
    pub fn is_over(&self) -> bool {
        self.questions.iter().all(Question::is_over)
    }

    /// Waits for the answers that are not there yet: for a while, and then as long as the servers do something.
    /// On a busy machine they may do so for long before they say why they fail.
    pub fn finish(&mut self, context: &Context, step: &Step) {
        const TICK: Duration = Duration::from_millis(50);
        const STILL: Duration = Duration::from_secs(2);
        let (start, mut used, mut moved) = (Instant::now(), Duration::ZERO, Instant::now());
        self.collect(context, step);
        while !self.is_over() && !step.left().is_zero() && wait::sleep(TICK, step.stop()) {
            self.collect(context, step);
            if start.elapsed() < PATIENCE - STILL {
                continue;
            }
            let now = used_by_children();
            if now > used + TICK / 2 {
                (used, moved) = (now, Instant::now());
            } else if start.elapsed() >= PATIENCE && moved.elapsed() >= STILL {
                return;
            }
        }
    }

    /// Who is asked, and the answers by now.
    pub fn answers(&self) -> Vec<(&Entry, Answer)> {
        self.questions.iter().map(|question| (&question.entry, question.by_now())).collect()
    }

    /// Ends what is still asked, in which nobody is interested any more.
    pub fn end(self) {
        const GRACE: Duration = Duration::from_secs(4);
        self.stop.cancel();
        let end = Instant::now() + GRACE;
        self.questions.into_iter().for_each(|question| question.await_end(end));
    }
}

/// The CPU time of those that this process has started, and of what they have started.
fn used_by_children() -> Duration {
    let own = std::process::id() as i32;
    let children = process::descendants(own).into_iter().filter(|process| process.parent == own);
    children.map(|child| load(child.pid).cpu).sum()
}
