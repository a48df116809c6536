//! The servers behind a gateway: which of them serve, whose the missing tools are, and why they are
//! missing. Any gateway will do, as long as its config is rendered in the usual form.

pub mod addresses;
mod command_line;
pub mod config;
mod findings;
mod gateway_log;
mod inquiry;
mod look;
mod owners;
mod probe;
mod question;
mod running;
pub mod slow;
mod time_of_day;

pub use config::{config_file, leave_out};
pub use findings::{are_all_down, down, lines, log_of_one_down, may_come};
pub use inquiry::Inquiry;
pub use look::{describe, inquire, look_again, overhear};
