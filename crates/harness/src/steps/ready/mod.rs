//! `ready`: the gateway lists every expected tool, twice in a row.

mod attempts;
mod failure;
pub mod knock;
mod poll;
mod reason;
mod second_look;

use std::cell::{Cell, RefCell};

use smoke_core::cause::{Cause, Code};
use smoke_record::event::Event;
use smoke_record::screen::count;

use crate::audit;
use crate::context::Context;
use crate::roles::supervisor;
use crate::servers::{self, addresses};
use crate::step::{Done, Step};
use poll::{Waiting, wait_once};

/// Waits until the gateway is ready, starting it again as often as was asked for.
pub fn wait(context: &Context, step: &Step) -> Result<Done, Cause> {
    let supervisor = supervisor::of(context);
    let (mut attempts, seen) = (Cell::new(0), RefCell::default());
    let limits = &context.options.limits;
    // Later steps may write these files once more, when the servers have long read them.
    let strange = || addresses::strange(&context.paths.config_home, context.run.port);
    context.shared.strange_addresses.get_or_init(strange);
    let patience = step.budget() / (limits.retries.saturating_add(1));
    for retry in 0..=limits.retries {
        let waiting =
            Waiting { context, step, seen: &seen, attempts: &attempts, second_look: false };
        let mut waited = wait_once(&waiting, &*supervisor, patience.min(step.left()));
        if retry == limits.retries {
            waited = waited
                .or_else(|cause| Err(second_look::understand(&waiting, &*supervisor, cause)?));
        }
        if waited.is_ok() && context.has_gateway() {
            tell_of_servers(&waiting);
        }
        context.connection().settle();
        step.emit(Event::GatewaySeen(seen.borrow().clone()));
        match waited {
            Ok((tools, spoken)) => {
                let tools = count(tools, "tool");
                step.note(format!("{tools} listed twice in a row, over {spoken}"));
                if let Some(stray) = context.connection().last().and_then(|last| last.stray.clone())
                {
                    let stray = step.shown(stray.as_bytes(), 100);
                    step.note(format!(
                        "its output has the line {stray:?}, which is no message: some clients end there"
                    ));
                }
                if context.has_gateway() {
                    audit::check(context, step)?;
                }
                return Ok(Done { attempts: *attempts.get_mut(), ..Done::ONCE });
            }
            Err(cause) if retry == limits.retries || cause.code == Code::Interrupted => {
                return Err(cause);
            }
            Err(cause) => step.note(format!("{}; starting it once more", cause.summary)),
        }
        if context.has_gateway() {
            context.connection().close();
            supervisor.stop();
            supervisor.start(step)?;
        }
    }
    Err(step.late("the gateway"))
}

/// Says what takes long, and names the servers that are down although nobody misses their tools, as
/// far as the gateway's log tells of them.
fn tell_of_servers(waiting: &Waiting) {
    let mut seen = waiting.seen.borrow_mut();
    servers::overhear(waiting.context, &mut seen);
    let lines = servers::slow::lines(&seen).into_iter().chain(servers::lines(&seen));
    lines.for_each(|line| waiting.step.note(line));
}
