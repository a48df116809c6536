//! The supervisor, which keeps the gateway running, also when this process has ended.

pub mod daemon;
mod embedded;
pub mod logs;
mod pm2;
mod role;
mod script;

use smoke_record::options::SupervisorKind;

use crate::context::Context;

pub use logs::{last_words, logs, read as read_logs};
pub use pm2::look_for as look_for_pm2;
pub use role::{Status, Supervisor};

/// The supervisor of this run.
pub fn of(context: &Context) -> Box<dyn Supervisor + '_> {
    if let Some(command) = &context.profile.gateway.start {
        return Box::new(script::Script::new(context, command));
    }
    match context.options.roles.supervisor {
        SupervisorKind::Embedded => Box::new(embedded::Embedded::new(context)),
        SupervisorKind::Pm2 => Box::new(pm2::UnderPm2::new(context)),
    }
}
