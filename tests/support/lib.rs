//! What the end-to-end tests share: the programs under test, a sandbox to run them in, small
//! repositories to run them on, and a look at what they leave behind.
//!
//! A test fails by a panic, here as in a test's own body.
#![allow(clippy::unwrap_used)]

pub mod binaries;
pub mod client;
pub mod codex;
pub mod executable;
pub mod finished;
pub mod http;
pub mod killed;
pub mod leftovers;
pub mod listing;
pub mod npm;
pub mod pm2;
pub mod port;
pub mod pushing;
pub mod python;
pub mod record;
pub mod repository;
pub mod running;
pub mod sandbox;
pub mod scenario;
pub mod small_disk;
pub mod tiny;
pub mod wait;

pub use executable::executable;
pub use finished::Finished;
pub use listing::Listing;
pub use pushing::Pushing;
pub use repository::Repository;
pub use running::Running;
pub use sandbox::Sandbox;
pub use scenario::Scenario;

/// Says that a test is skipped, and why. It is written past the test harness, which would keep what
/// a passing test prints to itself.
pub fn skipped(why: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}
