//! The gateway and its servers as real processes, spoken to over HTTP.

// Helpers of tests fail as tests do.
#![allow(clippy::unwrap_used)]

mod calls;
mod client;
mod faults;
mod http;
mod manage;
mod process;
mod reload;
mod shutdown;
