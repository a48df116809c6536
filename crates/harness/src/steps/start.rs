//! `daemon` and `start`: the supervisor, where it takes a step of its own, and the gateway under it.

use std::process::Stdio;
use std::time::Duration;

use smoke_core::cause::{Cause, Code};
use smoke_core::wait::{self, Patience, Probe};
use smoke_core::{detached, process};

use crate::context::Context;
use crate::roles::supervisor;
use crate::step::{Done, Step};
use crate::{faults, port};

/// Starts what the supervisor needs before it can start anything.
pub fn begin(context: &Context, step: &Step) -> Result<Done, Cause> {
    supervisor::of(context).begin(step)
}

/// Starts the gateway.
pub fn start(context: &Context, step: &Step) -> Result<Done, Cause> {
    if faults::plays(&context.options, "foreign-listener") {
        occupy(context)?;
    }
    step.ask_version(
        &context.expand_all(&context.profile.gateway.command)?,
        &context.paths.clone,
        &context.environment,
    );
    supervisor::of(context).start(step)?;
    Ok(Done::ONCE)
}

/// Puts a stranger in the gateway's place: a process that does not carry the run's id. It is a
/// child of this one, so that the teardown ends it all the same.
fn occupy(context: &Context) -> Result<(), Cause> {
    let port = context.run.port;
    let argv = [faults::command("404"), vec![port.to_string()]].concat();
    let mut strange = context.environment.clone();
    strange.remove(process::RUN_ID);
    let failed = |error: std::io::Error| {
        Cause::new(Code::Internal, format!("cannot play the fault: {error}"), "run it again")
    };
    let log = context.folder.append("logs/stranger.log").map_err(failed)?;
    detached::start(&argv, &context.paths.workspace, &strange, Stdio::null(), &log)
        .map_err(failed)?;
    let patience = Patience::local(Duration::from_secs(5));
    let occupied = wait::until(
        patience,
        &context.stop,
        |_| (),
        |_| {
            if port::is_free(port) { Probe::NotYet("nobody listens yet") } else { Probe::Ready(()) }
        },
    );
    occupied.map_err(|_| failed(std::io::Error::other("the stranger does not listen")))
}
