//! The runner carries out a plan: whatever is ready runs, side by side where nothing forbids it.

use std::any::Any;
use std::collections::BTreeSet;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use smoke_core::cause::{Cause, Code, Outcome};
use smoke_core::stop::Stop;
use smoke_core::threads;
use smoke_record::event::Event;
use smoke_record::finding::{self, Known};
use smoke_record::plan::{Kind, Plan, Step as Planned};
use smoke_record::record::Failure;
use smoke_record::screen::live::Pulse;
use smoke_record::workspace::behind_lost;
use smoke_record::{screen, shortage};

use super::context::Context;
use super::step::{Done, Message, Parts, Step};
use crate::steps;

/// How long a step may go on after its deadline before the run goes on without it. All that a step
/// waits for is bounded by its deadline and the graces of an escalation.
const GIVE_UP_AFTER: Duration = Duration::from_secs(15);

/// How long a step may go on after a stop was asked for: an escalation's graces, and some more.
const ENDING: Duration = Duration::from_secs(8);

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

/// Who watches the run: the recorder and the screen.
pub type Watch<'a> = &'a mut dyn FnMut(Instant, Event);

/// Runs the steps of `plan` that are not in `done`, except the teardown, which is not the runner's
/// to order. A stage that `is_manual` says yes to ends the run before it.
pub fn run(
    plan: &Plan,
    done: BTreeSet<String>,
    context: &Arc<Context>,
    is_manual: &dyn Fn(usize) -> bool,
    watch: Watch,
) -> End {
    let (bus, messages) = channel();
    let stop = context.stop.child();
    let (running, happened, last_word) = (Vec::new(), Vec::new(), Instant::now());
    let mut runner = Runner {
        plan,
        context,
        done,
        running,
        failures: Vec::new(),
        known: Known::default(),
        stopped: false,
        hurried: false,
        manual: None,
        stop,
        last_word,
        happened,
        bus,
    };
    loop {
        // What can run is started before what has happened is written down: recording takes time.
        runner.start_ready_steps(is_manual);
        for (when, event) in runner.happened.drain(..) {
            watch(when, event);
        }
        if runner.running.is_empty() {
            return runner.end();
        }
        runner.take_message(&messages);
    }
}

/// Runs one step alone, whatever it needs.
pub fn run_one(planned: &Planned, context: &Arc<Context>, watch: Watch) -> Result<Done, Cause> {
    let plan = Plan { steps: vec![Planned { needs: Vec::new(), ..planned.clone() }] };
    let (bus, messages) = channel();
    // A step that is run alone is part of an orderly end, which one signal does not cut short.
    let stop = Stop::default();
    let ((when, began), running) = start(&plan.steps[0], context, &stop, &bus);
    watch(when, began);
    loop {
        match messages.recv_timeout(running.give_up.saturating_duration_since(Instant::now())) {
            Ok(Message::Event(when, event)) => watch(when, event),
            Ok(Message::Over(when, id, result)) => {
                watch(when, finished(&id, &result));
                return result;
            }
            Err(_) => {
                let result = Err(stuck(planned));
                watch(Instant::now(), finished(&planned.id, &result));
                return result;
            }
        }
    }
}

struct Runner<'a> {
    plan: &'a Plan,
    context: &'a Arc<Context>,
    done: BTreeSet<String>,
    running: Vec<Running>,
    failures: Vec<Failure>,
    known: Known,
    stopped: bool,
    hurried: bool,
    manual: Option<usize>,
    stop: Stop,
    last_word: Instant,
    happened: Vec<(Instant, Event)>,
    bus: Sender<Message>,
}

struct Running {
    id: String,
    start: Instant,
    deadline: Duration,
    give_up: Instant,
    pulse: Pulse,
}

impl Runner<'_> {
    fn start_ready_steps(&mut self, is_manual: &dyn Fn(usize) -> bool) {
        if self.stopped || self.manual.is_some() {
            return;
        }
        for planned in &self.plan.steps {
            let runs = self.running.iter().any(|running| running.id == planned.id);
            let ready = planned.needs.iter().all(|need| self.done.contains(need));
            if planned.kind == Kind::Teardown || runs || !ready || self.done.contains(&planned.id) {
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
            let (began, running) = start(planned, self.context, &self.stop, &self.bus);
            self.happened.push(began);
            self.running.push(running);
        }
    }

    fn take_message(&mut self, messages: &Receiver<Message>) {
        let now = Instant::now();
        self.hurry(now);
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
            Ok(Message::Over(when, id, result)) => {
                self.last_word = when;
                self.finish(when, &id, result);
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                let now = Instant::now();
                self.say_what_is_waited_for(now);
                let late = self.running.iter().find(|running| running.give_up <= now);
                let late = late.map(|running| running.id.clone());
                if let Some(planned) = late.and_then(|id| self.plan.step(&id)) {
                    let cause = if self.hurried { left_behind(planned) } else { stuck(planned) };
                    self.finish(now, &planned.id, Err(cause));
                }
            }
        }
    }

    /// Once a stop was asked for, a step has the time that ending a command takes, and no more.
    fn hurry(&mut self, now: Instant) {
        if self.hurried || !self.stop.is_set() {
            return;
        }
        self.hurried = true;
        for running in &mut self.running {
            running.give_up = running.give_up.min(now + ENDING);
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
            let (step, elapsed) = (running.id.clone(), now - running.start);
            let (elapsed_s, deadline_s) = (elapsed.as_secs(), running.deadline.as_secs());
            let event = Event::StillWaiting { step, elapsed_s, deadline_s, last };
            self.happened.push((now, event));
        }
    }

    /// Remembers what helps to understand a later failure.
    fn learn(&mut self, event: &Event) {
        match event {
            Event::GatewaySeen(gateway) => self.known.gateway = gateway.clone(),
            Event::StageJudged(stage) => self.known.stages.push(stage.clone()),
            _ => {}
        }
    }

    /// A failure after which nothing more can be found out ends the steps beside it; that they were
    /// interrupted is no failure of theirs.
    fn finish(&mut self, when: Instant, id: &str, result: Result<Done, Cause>) {
        let known = self.running.len();
        self.running.retain(|running| running.id != id);
        if self.running.len() == known {
            return;
        }
        self.happened.push((when, finished(id, &result)));
        match result {
            Ok(_) => drop(self.done.insert(id.to_owned())),
            Err(cause) if !self.stopped => self.fail(id, cause),
            Err(_) => {}
        }
    }

    fn fail(&mut self, id: &str, cause: Cause) {
        let kind = self.plan.step(id).map(|planned| planned.kind);
        if kind.is_some_and(|kind| finding::goes_on(kind, &cause, &self.known)) {
            self.done.insert(id.to_owned());
        } else {
            self.stopped = true;
            self.stop.cancel();
        }
        let follows = finding::explained_by(id, &cause, &self.failures, &self.known);
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

/// Starts a step in a thread of its own. Returns the event that it began.
fn start(
    planned: &Planned,
    context: &Arc<Context>,
    stop: &Stop,
    bus: &Sender<Message>,
) -> ((Instant, Event), Running) {
    let log = format!("logs/{}.log", planned.id);
    let began = Event::StepStarted { step: planned.id.clone(), log: log.clone() };
    let begin = Instant::now();
    let pulse = Pulse::default();
    let step = Step::new(Parts {
        id: planned.id.clone(),
        budget: planned.deadline,
        heartbeat: context.settings.args.limits.heartbeat(),
        stop: stop.clone(),
        log: context.folder.append(&log),
        mask: context.mask.clone(),
        subject: context.subject(),
        pulse: pulse.clone(),
        asked: context.asked.clone(),
        bus: bus.clone(),
    });
    screen::live::began(&planned.id, planned.deadline, pulse.clone());
    let lost = bus.clone();
    let (context, kind, id, bus) = (context.clone(), planned.kind, planned.id.clone(), bus.clone());
    let (start, deadline) = (begin, planned.deadline);
    let give_up = start + deadline + GIVE_UP_AFTER;
    let running = Running { id: id.clone(), start, deadline, give_up, pulse };
    let work = Arc::new(move || {
        let perform = || {
            // What has to end, ends; all else is not begun if nobody could read what came of it.
            if kind != Kind::Teardown {
                step.is_logged()?;
            }
            steps::perform(kind, &context, &step)
        };
        let result = catch_unwind(AssertUnwindSafe(perform));
        let result = result.unwrap_or_else(|panic| Err(bug(&id, &*panic)));
        let result = result.and_then(|done| step.is_logged().map(|()| done));
        let folders = [context.paths.workspace.as_path(), context.folder.path()];
        let result = result.map_err(|cause| shortage::behind(cause, &folders));
        let result = match kind {
            Kind::Teardown => result,
            _ => result
                .map_err(|cause| behind_lost(cause.seen_from(&context.paths.clone), folders[0])),
        };
        let _ = bus.send(Message::Over(Instant::now(), id.clone(), result));
    });
    let perform = work.clone();
    if let Err(error) = threads::start(move || perform()) {
        match kind {
            // What a run has started has to end, whatever this machine lacks.
            Kind::Teardown => work(),
            _ => drop(lost.send(Message::Over(
                Instant::now(),
                planned.id.clone(),
                no_thread(&error),
            ))),
        }
    }
    ((begin, began), running)
}

/// What comes of a step that there is no thread for.
fn no_thread(error: &io::Error) -> Result<Done, Cause> {
    let summary = format!("cannot start a thread: {error}");
    let cause = Cause::new(Code::PrerequisiteMissing, summary, "run it again");
    Err(shortage::behind(cause, &[]))
}

fn finished(id: &str, result: &Result<Done, Cause>) -> Event {
    let (outcome, done, cause) = match result {
        Ok(done) if done.skipped => (Outcome::Skipped, *done, None),
        Ok(done) => (Outcome::Passed, *done, None),
        Err(cause) => (cause.outcome(), Done::ONCE, Some(cause.clone())),
    };
    let (attempts, cached) = (done.attempts, done.cached);
    Event::StepFinished { step: id.to_owned(), outcome, attempts, cached, cause }
}

fn stuck(planned: &Planned) -> Cause {
    let summary = format!(
        "{} did not end {:?} after its deadline of {:?}",
        planned.id, GIVE_UP_AFTER, planned.deadline
    );
    Cause::new(Code::Deadline, summary, format!("read logs/{}.log in the run folder", planned.id))
}

fn left_behind(planned: &Planned) -> Cause {
    let summary = format!("{} was interrupted, and had not ended {ENDING:?} later", planned.id);
    Cause::new(Code::Interrupted, summary, "run it again")
}

fn bug(id: &str, panic: &(dyn Any + Send)) -> Cause {
    let said = panic.downcast_ref::<String>().map(String::as_str);
    let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("nothing");
    let summary = format!("{id} ended by a defect of this program, which said: {said}");
    Cause::new(Code::Internal, summary, "report it with the run folder")
}
