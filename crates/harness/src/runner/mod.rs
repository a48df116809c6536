//! The runner carries out a plan: whatever is ready runs, side by side where nothing forbids it.

pub mod alone;
pub mod thread;

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use smoke_core::cause::{Cause, Code};
use smoke_core::threads;
use smoke_record::consequence::{self, Known};
use smoke_record::event::Event;
use smoke_record::plan::{Kind, Plan, Step as Planned};
use smoke_record::run_record::Failure;
use smoke_record::shortage;
use smoke_record::strict;
use smoke_record::workspace::behind_lost;

use crate::context::Context;
use crate::step::{Done, Message};
use crate::steps;
use thread::{Running, Setting, Work, carry_out, finished};

/// How often the wish to stop is looked at.
const TICK: Duration = Duration::from_millis(100);

/// After so long without a word, the screen says what is being waited for.
const SILENCE: Duration = Duration::from_secs(5);

/// How the steps ended.
#[derive(Debug)]
pub enum End {
    /// All of them passed.
    Passed,
    /// Some of them failed, at least one.
    Failed(Vec<Failure>),
    /// The next one is for a person.
    Manual {
        /// The stage.
        stage: usize,
    },
}

/// Who hears what happens: the recorder and the screen.
pub type Listener<'a> = &'a mut dyn FnMut(Instant, Event);

/// Runs the steps of `plan` that are not in `done`, but for those that stand alone. A stage that
/// `is_manual` says yes to ends the run before it.
pub fn run(
    plan: &Plan,
    done: BTreeSet<String>,
    context: &Arc<Context>,
    is_manual: &dyn Fn(usize) -> bool,
    listener: Listener,
) -> End {
    let (bus, messages) = channel();
    let setting = Setting::of(context, context.stop.child());
    let mut runner = Runner {
        plan,
        context,
        done,
        setting,
        running: Vec::new(),
        failures: Vec::new(),
        known: Known::default(),
        stopped: false,
        manual: None,
        last_word: Instant::now(),
        happened: Vec::new(),
        bus,
    };
    loop {
        // What can run is started before what has happened is written down: recording takes time.
        runner.start_ready_steps(is_manual);
        for (when, event) in runner.happened.drain(..) {
            listener(when, event);
        }
        if runner.running.is_empty() {
            return runner.end();
        }
        runner.take_message(&messages);
    }
}

struct Runner<'a> {
    plan: &'a Plan,
    context: &'a Arc<Context>,
    done: BTreeSet<String>,
    setting: Setting,
    running: Vec<Running>,
    failures: Vec<Failure>,
    known: Known,
    stopped: bool,
    manual: Option<usize>,
    last_word: Instant,
    happened: Vec<(Instant, Event)>,
    bus: Sender<Message>,
}

impl Runner<'_> {
    fn start_ready_steps(&mut self, is_manual: &dyn Fn(usize) -> bool) {
        if self.stopped || self.manual.is_some() {
            return;
        }
        for planned in self.plan.steps.iter().filter(|planned| !planned.kind.stands_alone()) {
            let runs = self.running.iter().any(|running| running.planned.id == planned.id);
            let ready = planned.needs.iter().all(|need| self.done.contains(need));
            if runs || !ready || self.done.contains(&planned.id) {
                continue;
            }
            if let Kind::Stage(index) = planned.kind
                && is_manual(index)
            {
                // Nobody is asked to go through a stage of a stack that is known to be broken.
                match self.failures.is_empty() {
                    true => self.manual = Some(index),
                    false => self.stopped = true,
                }
                return;
            }
            let running = self.start(planned);
            self.happened.push((running.start, Event::started(&planned.id)));
            self.running.push(running);
        }
    }

    fn start(&self, planned: &Planned) -> Running {
        let (running, step) = Running::begin(planned, Instant::now(), &self.setting, &self.bus);
        let (work, bus, id) = (work(self.context, planned.kind), &self.bus, planned.id.clone());
        if let Err(error) = threads::start(move || carry_out(&step, work)) {
            let _ = bus.send(Message::Over(Instant::now(), id, no_thread(&error)));
        }
        running
    }

    fn take_message(&mut self, messages: &Receiver<Message>) {
        let now = Instant::now();
        // It follows the run's wish to stop, and the failure of a step.
        if self.setting.stop.is_set() {
            self.running.iter_mut().for_each(|running| running.hurry(now));
        }
        let give_up = self.running.iter().map(|running| running.give_up).min();
        let next = give_up.map_or(now, |give_up| give_up.min(self.last_word + SILENCE));
        let patience = next.saturating_duration_since(now).min(TICK);
        match messages.recv_timeout(patience) {
            Ok(Message::Event(when, event)) => {
                if !matches!(event, Event::Attempt { .. }) {
                    self.last_word = when;
                }
                self.learn(&event);
                self.happened.push((when, event));
            }
            Ok(Message::Deadline(id, deadline)) => {
                let its = self.running.iter_mut().find(|running| running.planned.id == id);
                its.into_iter().for_each(|running| running.allow(deadline));
            }
            Ok(Message::Over(when, id, result)) => {
                self.last_word = when;
                self.finish(when, &id, result);
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                let now = Instant::now();
                self.say_what_is_waited_for(now);
                let late = self.running.iter().find(|running| running.give_up <= now);
                if let Some((id, cause)) = late.map(|it| (it.planned.id.clone(), it.given_up())) {
                    self.finish(now, &id, Err(cause));
                }
            }
        }
    }

    /// Says what goes on, when nothing else has been said for a while.
    fn say_what_is_waited_for(&mut self, now: Instant) {
        if now < self.last_word + SILENCE {
            return;
        }
        self.last_word = now;
        for running in &self.running {
            let last = running.pulse.lock().map(|pulse| pulse.clone()).unwrap_or_default();
            let (step, elapsed) = (running.planned.id.clone(), now - running.start);
            let deadline_s = running.planned.deadline.as_secs();
            let event =
                Event::StillWaiting { step, elapsed_s: elapsed.as_secs(), deadline_s, last };
            self.happened.push((now, event));
        }
    }

    /// Remembers what helps to understand a later failure.
    fn learn(&mut self, event: &Event) {
        match event {
            Event::GatewaySeen(gateway) => self.known.gateway = gateway.clone(),
            Event::Found(finding) => self.known.findings.push(finding.clone()),
            Event::StageJudged(stage) => self.known.stages.push(stage.clone()),
            _ => {}
        }
    }

    /// A failure after which nothing more can be found out ends the steps beside it; that they were
    /// interrupted is no failure of theirs.
    fn finish(&mut self, when: Instant, id: &str, result: Result<Done, Cause>) {
        let known = self.running.len();
        self.running.retain(|running| running.planned.id != id);
        if self.running.len() == known {
            return;
        }
        let result = result.and_then(|done| self.if_strict(id, done));
        self.happened.push((when, finished(id, &result)));
        match result {
            Ok(_) => drop(self.done.insert(id.to_owned())),
            Err(cause) if !self.stopped => self.fail(id, cause),
            Err(_) => {}
        }
    }

    /// A step that passed has failed if it made findings that a strict profile does not accept.
    fn if_strict(&self, id: &str, done: Done) -> Result<Done, Cause> {
        let strict = self.context.profile.strict;
        let cause = strict.then(|| strict::cause(id, &self.known.findings)).flatten();
        cause.map_or(Ok(done), Err)
    }

    fn fail(&mut self, id: &str, cause: Cause) {
        let kind = self.plan.step(id).map(|planned| planned.kind);
        if kind.is_some_and(|kind| consequence::goes_on(kind, &cause, &self.known)) {
            self.done.insert(id.to_owned());
        } else {
            self.stopped = true;
            self.setting.stop.cancel();
        }
        let follows = consequence::explained_by(id, &cause, &self.failures, &self.known);
        self.failures.push(Failure { step: id.to_owned(), cause, follows });
    }

    fn end(self) -> End {
        match self.manual {
            _ if !self.failures.is_empty() => End::Failed(self.failures),
            Some(stage) => End::Manual { stage },
            None => End::Passed,
        }
    }
}

/// What a step of this kind does. It is not begun if nobody could read what came of it.
fn work(context: &Arc<Context>, kind: Kind) -> Work {
    let (performs, explains) = (context.clone(), context.clone());
    Work {
        perform: Box::new(move |step| {
            step.is_logged()?;
            steps::perform(kind, &performs, step)
        }),
        explain: Box::new(move |cause| {
            let (paths, folder) = (&explains.paths, explains.folder.path());
            let cause = shortage::behind(cause, &[&paths.workspace, folder]);
            behind_lost(cause.seen_from(&paths.clone), &paths.workspace)
        }),
    }
}

/// What comes of a step that there is no thread for.
fn no_thread(error: &io::Error) -> Result<Done, Cause> {
    let summary = format!("cannot start a thread: {error}");
    let cause = Cause::new(Code::PrerequisiteMissing, summary, "run it again");
    Err(shortage::behind(cause, &[]))
}
