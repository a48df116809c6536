//! The crash of a gateway while a stage went on.

use std::time::Duration;

use smoke_core::cause::{Cause, Code};
use smoke_core::wait::{self, GaveUp, Patience, Probe};
use smoke_record::verdict::LINES_SHOWN;

use crate::context::Context;
use crate::roles::connection::door::Door;
use crate::roles::gateway;
use crate::roles::supervisor::{self, Status};
use crate::step::Step;

/// If the gateway went down during the stage, that is why its calls failed. `before` is what its supervisor knew
/// when the stage began.
pub fn during(context: &Context, step: &Step, stage: &str, before: &Status) -> Option<Cause> {
    // A wrapper such as npm ends some time after what it has started.
    const WRAPPER: Duration = Duration::from_secs(3);
    if !context.has_gateway() {
        return None;
    }
    let door = gateway::endpoint(context).ok().as_ref().and_then(Door::of);
    let probe = |_| {
        let now = supervisor::of(context).status();
        if now.starts != before.starts || now.gateway.is_none() {
            return Probe::Ready(now.last_exit.unwrap_or_else(|| "it is gone".into()));
        }
        match &door {
            Some(door) if !door.is_open() => Probe::NotYet(()),
            _ => Probe::Never(()),
        }
    };
    let patience = Patience::local(WRAPPER.min(step.left()));
    let (code, summary) = match wait::until(patience, step.stop(), |_| (), probe) {
        Ok(exit) => {
            (Code::GatewayCrashed, format!("the gateway crashed during stage {stage}: {exit}"))
        }
        Err(failure) if failure.gave_up != GaveUp::Deadline => return None,
        Err(_) => {
            let summary =
                format!("since stage {stage}, nothing listens on the gateway's address any more");
            (Code::GatewayNotListening, summary)
        }
    };
    // There is room for the call that met nobody any more.
    let (name, log) = supervisor::last_words(&context.paths.workspace, LINES_SHOWN - 2);
    Some(Cause::new(code, summary, context.folder.read_log(&name)).evidence(log))
}
