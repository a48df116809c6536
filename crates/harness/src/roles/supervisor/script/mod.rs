//! The stack's own start script in place of a start of ours: what it leaves running under the run's
//! id is the stack.

mod follow;
mod found;

use smoke_core::cause::Cause;
use smoke_core::sweep::{Graces, sweep};
use smoke_record::options::SupervisorKind;

use super::logs;
use super::pm2::UnderPm2;
use super::role::{Status, Supervisor};
use crate::context::Context;
use crate::step::{Done, Step};
use found::{of_run, of_script};

/// The start script of a run.
pub struct Script<'a> {
    context: &'a Context,
    command: &'a [String],
    /// The pm2 of the run, which the script may use, and may have started by itself.
    pm2: UnderPm2<'a>,
}

impl<'a> Script<'a> {
    /// The one that `command` starts.
    pub fn new(context: &'a Context, command: &'a [String]) -> Self {
        Self { context, command, pm2: UnderPm2::new(context) }
    }

    /// Remembers where the logs of what was started are: pm2 says so, else the processes show it.
    fn keep(&self, step: &Step) -> Result<(), Cause> {
        if self.pm2.adopt(step)? {
            return Ok(());
        }
        let written = found::logs(self.context);
        logs::note(&self.context.paths.workspace, &written);
        Ok(())
    }

    fn graces(&self) -> Graces {
        let urgent = self.context.stop.count() > 1;
        if urgent { Graces::short() } else { Graces::default() }
    }
}

impl Supervisor for Script<'_> {
    fn begin(&self, step: &Step) -> Result<Done, Cause> {
        self.pm2.begin(step)
    }

    fn start(&self, step: &Step) -> Result<(), Cause> {
        if self.context.options.roles.supervisor == SupervisorKind::Pm2 {
            self.pm2.require_daemon(step)?;
        }
        let argv = self.context.expand_all(self.command)?;
        let Err((cause, group)) = follow::run(self.context, step, &argv) else {
            return self.keep(step);
        };
        if let Some(group) = group {
            // It must not go on while the run looks at what it has done.
            sweep(&|| of_script(group), &self.graces());
        }
        if step.stop().is_set() || self.keep(step).is_err() {
            return Err(cause);
        }
        let (_, said) = logs::last_words(&self.context.paths.workspace, 8);
        Err(cause.evidence(said))
    }

    fn status(&self) -> Status {
        if self.pm2.is_at_work() {
            return self.pm2.status();
        }
        let stack = of_run(self.context);
        let gateway = found::gateway(self.context, &stack);
        let gone = stack.is_empty().then(|| "it is gone".to_owned());
        let why = "nothing that the start script has started runs any more";
        let given_up = gone.as_ref().map(|_| why.to_owned());
        Status { supervisor: None, gateway, starts: 1, last_exit: gone, given_up }
    }

    fn stop(&self) {
        // pm2 first, which ends its apps in good order. What still starts some is swept with them.
        self.pm2.stop();
        sweep(&|| of_run(self.context), &self.graces());
    }
}
