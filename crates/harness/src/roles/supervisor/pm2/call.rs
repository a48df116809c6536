//! The calls of pm2: how long one may take, what it means that one failed, and the processes of an app.

use std::time::Duration;

use smoke_core::bound::Bound;
use smoke_core::cause::{Cause, Code};
use smoke_core::process::{self, Process};
use smoke_core::text::tail;

use super::daemon;
use crate::context::Context;
use crate::pm2::{App, Trouble, log, program};
use crate::step::Step;

/// How long one call may take: as long as the step has, unless it comes to a standstill before.
pub fn bound(step: &Step) -> Bound {
    step.bound().still(Duration::from_secs(15))
}

/// The cause of a call that failed, with `code` when pm2 itself refused.
pub fn refused(context: &Context, step: &Step, trouble: Trouble, code: Code) -> Cause {
    let home = &context.paths.pm2_home;
    let next = context.folder.read_log("pm2.log");
    let cause = match trouble {
        _ if step.stop().is_set() => return step.interrupted(),
        Trouble::Missing(text) => return program::missing(text),
        Trouble::Late(text) => Cause::new(Code::Deadline, text, next),
        Trouble::Failed(text) => Cause::new(code, text, next),
    };
    let daemons = daemon::of_run(context);
    let said = daemons.iter().map(|daemon| {
        format!("pid {} (state {}): {}", daemon.pid, daemon.state, daemon.command_line())
    });
    cause.evidence(said).evidence(tail::lines(&log::path(home), 6))
}

/// The processes of `app`, each named for good.
pub fn processes(apps: &[App], app: &str) -> Vec<Process> {
    let of_app = apps.iter().filter(|known| known.name == app);
    of_app.filter_map(|known| process::find(known.pid?)).filter(|p| p.is_live()).collect()
}
