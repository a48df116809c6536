//! The launch of the gateway, as the profile says.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};
use smoke_core::cause::{Cause, Code};

use crate::context::Context;
use crate::unstartable;

/// How the gateway is started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Launch {
    /// The command.
    pub argv: Vec<String>,
    /// The folder to run it in.
    pub cwd: Utf8PathBuf,
    /// Where its output goes.
    pub log: Utf8PathBuf,
}

impl Launch {
    /// The cause when it cannot be started for `reason`: a program that this machine lacks is called so,
    /// and one of the clone is the repository's fault.
    pub fn impossible(&self, reason: &str, context: &Context) -> Cause {
        let (workspace, environment) = (&context.paths.workspace, &context.environment);
        if let Some(fault) = unstartable::fault(&self.argv, &self.cwd, workspace, environment) {
            let cause = fault.cause(Code::GatewayCrashed).evidence([self.argv.join(" ")]);
            // A path is the profile's to name.
            let named = self.argv[0].contains('/') && !self.cwd.join(&self.argv[0]).exists();
            return if named { Cause { code: Code::GatewayCrashed, ..cause } } else { cause };
        }
        let summary = format!("the gateway cannot be started: {reason}");
        let next = "correct [gateway] command in the profile";
        Cause::new(Code::GatewayCrashed, summary, next).evidence([self.argv.join(" ")])
    }

    /// As the profile says.
    ///
    /// # Errors
    /// The profile names a variable that has no value, or no command.
    pub fn of(context: &Context) -> Result<Self, Cause> {
        let cwd = match &context.profile.gateway.cwd {
            Some(cwd) => context.paths.clone.join(context.expand(cwd)?),
            None => context.paths.clone.clone(),
        };
        let argv = context.expand_all(&context.profile.gateway.command)?;
        if argv.is_empty() {
            let summary =
                format!("{}: only an ecosystem file knows the gateway", context.profile.path);
            let next = "run it with --supervisor pm2, or add [gateway] command to the profile";
            return Err(Cause::new(Code::ConfigInvalid, summary, next));
        }
        Ok(Self { argv, cwd, log: context.paths.logs.join("gateway.log") })
    }
}
