//! `cargo xtask`: one module for each subcommand; this file only dispatches.

mod audit;
mod bench;
mod bundle_install;
mod cache;
mod cause;
mod ci;
mod ci_matrix;
mod cleanup;
mod cli;
mod codex;
mod completions;
mod deceptive;
mod diag;
mod diagnosis;
#[cfg(test)]
mod docs_test;
mod doctor;
mod faults;
mod files;
mod fingerprint;
mod git;
mod guard;
mod hook;
mod host;
mod init;
mod kept;
mod legible;
mod manual;
mod mcp;
mod mcp_config;
mod missing;
mod model;
mod nearest;
mod outlet;
mod own_gateway;
mod passed;
mod plan;
mod pm2;
mod profile;
mod project;
mod python;
mod report;
mod roles;
mod run;
mod runs;
mod saved;
mod screen;
mod servers;
mod shortage;
mod signals;
mod smoke;
mod soak;
mod steps;
mod tail;
mod test;
mod toml;
mod transcript;
mod unstartable;
mod verdict;
mod versions;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command, SmokeArgs};

fn main() -> ExitCode {
    let code = match Cli::parse().command {
        Command::Smoke(args) => smoke::smoke(&args),
        Command::SmokeManual(args) => smoke::smoke(&SmokeArgs { manual: true, ..*args }),
        Command::BundleInstall(args) => bundle_install::run(&args),
        Command::Bench(args) => or_usage(bench::bench(&args)),
        Command::LateGateway(args) => or_usage(bench::late_gateway::serve(&args)),
        Command::Soak(args) => or_usage(soak::soak(&args)),
        Command::Transcript(args) => or_usage(saved::show(&args)),
        Command::CiMatrix(args) => or_usage(ci_matrix::print(&args)),
        Command::Doctor(args) => doctor::doctor(&args),
        Command::Hook(args) => or_usage(hook::hook(&args)),
        Command::Runs(args) => or_usage(runs::runs(&args)),
        Command::Completions(args) => completions::completions(&args),
        Command::Test(args) => or_usage(test::test(&args)),
        Command::Misbehave(args) => or_usage(faults::misbehave::misbehave(&args)),
        Command::Guard(args) => or_usage(guard::watch::watch(&args).map(|()| 0)),
        Command::Supervise(args) => {
            or_usage(roles::supervisor::daemon::supervise(&args.spec).map(|()| 0))
        }
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
