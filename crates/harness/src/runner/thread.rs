//! A step in a thread of its own, which the run can go on without.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use smoke_core::cause::{Cause, Code, Outcome};
use smoke_core::stop::Stop;
use smoke_record::event::Event;
use smoke_record::folder::{RunFolder, log_of};
use smoke_record::mask::Mask;
use smoke_record::plan::Step as Planned;
use smoke_record::screen::live::{self, Pulse};

use crate::context::Context;
use crate::step::diagnosis::Subject;
use crate::step::{Done, Message, Parts, Step};
use crate::versions::Asked;

/// How long a step may go on that does not end when it should, before the run goes on without it.
#[derive(Clone, Copy, Debug)]
pub struct Leniency {
    /// After its deadline.
    pub after_deadline: Duration,
    /// After a stop was asked for.
    pub after_stop: Duration,
}

impl Leniency {
    /// All that a step waits for is bounded by its deadline and the graces of an escalation.
    pub const OF_STEPS: Self =
        Self { after_deadline: Duration::from_secs(15), after_stop: Duration::from_secs(8) };
    /// A step that starts nothing and does not look at the time has nothing to end, either.
    pub const NONE: Self =
        Self { after_deadline: Duration::ZERO, after_stop: Duration::from_secs(1) };
}

/// What the run gives to each of its steps.
#[derive(Clone)]
pub struct Setting {
    /// Where its log is.
    pub folder: RunFolder,
    /// What its log may not show.
    pub mask: Mask,
    /// What to look at when it stalls.
    pub subject: Subject,
    /// The programs of the run whose versions were asked.
    pub versions: Asked,
    /// How long a command of it may be silent.
    pub heartbeat: Option<Duration>,
    /// The wish to stop.
    pub stop: Stop,
    /// How long it may go on that does not end when it should.
    pub leniency: Leniency,
}

impl Setting {
    /// The one of a run that has a context.
    pub fn of(context: &Context, stop: Stop) -> Self {
        Self {
            folder: context.folder.clone(),
            mask: context.mask.clone(),
            subject: Subject::of(context),
            versions: context.shared.versions.clone(),
            heartbeat: context.options.limits.heartbeat,
            stop,
            leniency: Leniency::OF_STEPS,
        }
    }
}

type Perform = dyn FnOnce(&Step) -> Result<Done, Cause> + Send;

/// What a step does.
pub struct Work {
    /// Does it.
    pub perform: Box<Perform>,
    /// Says what is behind a failure of it.
    pub explain: Box<dyn FnOnce(Cause) -> Cause + Send>,
}

/// A step that runs.
pub struct Running {
    /// What it is.
    pub planned: Planned,
    /// When it began.
    pub start: Instant,
    /// When the run goes on without it.
    pub give_up: Instant,
    /// The last that it said.
    pub pulse: Pulse,
    folder: RunFolder,
    leniency: Leniency,
    hurried: bool,
}

impl Running {
    /// Begins the step that is `planned`: what it works with is returned as well.
    pub fn begin(
        planned: &Planned,
        start: Instant,
        setting: &Setting,
        bus: &Sender<Message>,
    ) -> (Self, Step) {
        let pulse = Pulse::default();
        live::began(&planned.id, planned.deadline, pulse.clone());
        let step = Step::new(Parts {
            id: planned.id.clone(),
            start,
            deadline: planned.deadline,
            heartbeat: setting.heartbeat,
            stop: setting.stop.clone(),
            log: setting.folder.append(&log_of(&planned.id)),
            mask: setting.mask.clone(),
            subject: setting.subject.clone(),
            pulse: pulse.clone(),
            asked: setting.versions.clone(),
            bus: bus.clone(),
        });
        let (planned, leniency) = (planned.clone(), setting.leniency);
        let give_up = start + planned.deadline + leniency.after_deadline;
        let folder = setting.folder.clone();
        (Self { planned, start, give_up, pulse, folder, leniency, hurried: false }, step)
    }

    /// Gives it another deadline, counted from its beginning as the first one.
    pub fn allow(&mut self, deadline: Duration) {
        self.planned.deadline = deadline;
        self.give_up = self.start + deadline + self.leniency.after_deadline;
    }

    /// Once a stop was asked for, it has the time that ending a command takes, and no more.
    pub fn hurry(&mut self, now: Instant) {
        if !self.hurried {
            self.hurried = true;
            self.give_up = self.give_up.min(now + self.leniency.after_stop);
        }
    }

    /// The cause when the run goes on without it.
    pub fn given_up(&self) -> Cause {
        let Planned { id, deadline, .. } = &self.planned;
        let Leniency { after_deadline, after_stop } = self.leniency;
        if self.hurried {
            let summary = format!("{id} was interrupted, and had not ended {after_stop:?} later");
            return Cause::new(Code::Interrupted, summary, "run it again");
        }
        let summary = match after_deadline.is_zero() {
            true => format!("{id} took longer than the deadline of {deadline:?}"),
            false => {
                format!("{id} did not end {after_deadline:?} after its deadline of {deadline:?}")
            }
        };
        Cause::new(Code::Deadline, summary, self.folder.read_file(&log_of(id)))
    }
}

/// Does the work of `step`, and says what came of it, whatever that is.
pub fn carry_out(step: &Step, work: Work) {
    let result = catch_unwind(AssertUnwindSafe(|| (work.perform)(step)));
    let result = result.unwrap_or_else(|panic| Err(bug(step.id(), &*panic)));
    let result = result.and_then(|done| step.is_logged().map(|()| done));
    step.is_over(result.map_err(work.explain));
}

/// The event that a step ended.
pub fn finished(id: &str, result: &Result<Done, Cause>) -> Event {
    let (outcome, done, cause) = match result {
        Ok(done) if done.skipped => (Outcome::Skipped, *done, None),
        Ok(done) => (Outcome::Passed, *done, None),
        Err(cause) => (cause.outcome(), Done::ONCE, Some(cause.clone())),
    };
    let (attempts, cached) = (done.attempts, done.cached);
    Event::StepFinished { step: id.to_owned(), outcome, attempts, cached, cause }
}

fn bug(id: &str, panic: &(dyn Any + Send)) -> Cause {
    let said = panic.downcast_ref::<String>().map(String::as_str);
    let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("nothing");
    let summary = format!("{id} ended by a defect of this program, which said: {said}");
    Cause::new(Code::Internal, summary, "report it with the run folder")
}
