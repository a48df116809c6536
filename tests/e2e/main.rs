//! The end-to-end tests: the real binaries, run as people run them.
//!
//! Tests fail by panics, also in what they share.
#![allow(clippy::unwrap_used)]

/// A test for each scenario of a table.
macro_rules! scenarios {
    ($($name:ident: $scenario:expr,)*) => {
        $(#[test] fn $name() { $scenario.play(); })*
    };
}

mod addresses;
mod agents;
mod beside;
mod browser;
mod builds;
mod bundles;
mod checks;
mod ci;
mod codex;
mod compile_cost;
mod disks;
mod doctor;
mod examples;
mod faults;
mod findings;
mod found;
mod gateways;
mod harm;
mod hook_managers;
mod hooks;
mod inits;
mod installs;
mod kills;
mod leaks;
mod manual;
mod odd_servers;
mod plan;
mod pm2;
mod ports;
mod profiles;
mod project;
mod runs;
mod screen;
mod servers;
mod setups;
mod signals;
mod slow;
mod sources;
mod stages;
mod starts;
mod stdio;
mod stelae;
mod surroundings;
mod transcripts;
mod workspaces;
