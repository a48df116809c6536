//! The two steps that stand alone: `prepare`, before there is a plan, and `teardown`, after all others.
//! They run as every step does, in a thread of their own, with a log, a deadline and the wish to stop.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use smoke_core::cause::Cause;
use smoke_core::stop::Stop;
use smoke_core::threads;
use smoke_record::event::Event;
use smoke_record::plan::{self, Step as Planned};
use smoke_record::shortage;

use super::Listener;
use super::thread::{Running, Setting, Work, carry_out};
use crate::context::Context;
use crate::step::{Done, Message};
use crate::steps;

/// How often the wish to stop is looked at.
const TICK: Duration = Duration::from_millis(50);

/// How a step ended that was run alone.
pub struct Ended {
    /// When.
    pub when: Instant,
    /// What came of it.
    pub result: Result<Done, Cause>,
    /// Whether the run goes on without it, though it has not ended.
    pub given_up: bool,
}

/// Runs the step that is `planned`, whatever it needs, as if it had begun at `start`. That it ended is
/// for the caller to tell.
pub fn run(
    planned: &Planned,
    start: Instant,
    setting: &Setting,
    work: Work,
    listener: Listener,
) -> Ended {
    let (bus, messages) = channel();
    let (mut running, step) = Running::begin(planned, start, setting, &bus);
    listener(start, Event::started(&planned.id));
    // Without a thread it is done here: what was started has to end, whatever this machine lacks.
    threads::start_or_here(move || carry_out(&step, work));
    loop {
        if setting.stop.is_set() {
            running.hurry(Instant::now());
        }
        let left = running.give_up.saturating_duration_since(Instant::now());
        match messages.recv_timeout(left.min(TICK)) {
            Ok(Message::Event(when, event)) => listener(when, event),
            Ok(Message::Deadline(_, deadline)) => running.allow(deadline),
            Ok(Message::Over(when, _, result)) => return Ended { when, result, given_up: false },
            Err(_) if running.give_up > Instant::now() => {}
            Err(_) => {
                let (when, result) = (Instant::now(), Err(running.given_up()));
                return Ended { when, result, given_up: true };
            }
        }
    }
}

/// Ends everything that the run has started. It is part of an orderly end, which one signal does not cut
/// short.
pub fn tear_down(context: &Arc<Context>, listener: Listener) -> Ended {
    let (performs, explains) = (context.clone(), context.clone());
    let work = Work {
        perform: Box::new(move |step| steps::tear_down(&performs, step)),
        explain: Box::new(move |cause| {
            shortage::behind(cause, &[&explains.paths.workspace, explains.folder.path()])
        }),
    };
    let setting = Setting::of(context, Stop::default());
    run(&plan::teardown(), Instant::now(), &setting, work, listener)
}

#[cfg(test)]
mod tests;
