//! `cargo xtask`: one module for each subcommand; this file only dispatches.
//!
//! It is a library, which is compiled beside the end of those that it uses: a program waits for all of them.

mod bundle_install;
mod ci_matrix;
mod cli;
mod completions;
mod developer;
#[cfg(test)]
mod docs_test;
mod doctor;
mod hook;
mod init;
mod runs;
mod smoke;
mod transcript;

use std::process::ExitCode;

use smoke_core::signals;
use smoke_harness::faults::misbehave;
use smoke_harness::guard::watch;
use smoke_harness::roles::supervisor::daemon;
use smoke_record::screen;

use cli::Command;

/// Does what the command line says.
pub fn main() -> ExitCode {
    signals::accept();
    let code = match cli::read().command {
        Command::Smoke(args) => smoke::smoke(&args),
        Command::SmokeManual(args) => smoke::smoke(&args.all_manual()),
        Command::BundleInstall(args) => bundle_install::run(&args),
        Command::Bench(args) => or_usage(developer::measure("bench", &args.arguments)),
        Command::Soak(args) => or_usage(developer::measure("soak", &args.arguments)),
        Command::Dist(args) => or_usage(developer::dist(&args.arguments)),
        Command::Transcript(args) => or_usage(transcript::show(&args)),
        Command::CiMatrix(args) => or_usage(ci_matrix::print(&args)),
        Command::Doctor(args) => doctor::doctor(&args),
        Command::Hook(args) => or_usage(hook::hook(&args)),
        Command::Runs(args) => or_usage(runs::runs(&args)),
        Command::Completions(args) => completions::completions(&args),
        Command::Test(args) => or_usage(developer::test(&args)),
        Command::Misbehave(args) => or_usage(misbehave::misbehave(&args.into())),
        Command::Guard(args) => or_usage(watch::watch(&args.into()).map(|()| 0)),
        Command::Supervise(args) => or_usage(daemon::supervise(&args.spec).map(|()| 0)),
    };
    // A program that reads what is printed must not take a part of it for all.
    ExitCode::from(if code == 0 && screen::has_lost_output() { 4 } else { code })
}

/// An error that a command returns instead of an exit code is wrong usage or wrong configuration.
fn or_usage(result: anyhow::Result<u8>) -> u8 {
    result.unwrap_or_else(|error| {
        screen::say(&format!("error: {error:#}"));
        2
    })
}
