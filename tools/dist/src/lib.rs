//! `cargo xtask dist`: what others install, made for the machine that it runs on. In a program of its own, so
//! that nobody who only smokes compiles it.

mod archive;
mod bill;
mod built;
mod content;
mod libc;
mod licences;
mod limits;
mod linked;
mod npm;
mod platform;
mod project;
mod sums;
mod wheel;

use std::fs;

use anyhow::{Context, Result};
use camino::Utf8PathBuf;
use clap::{Parser, Subcommand};
use smoke_record::screen;

use content::Content;
use project::Project;

/// Makes the packages.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
pub struct Cli {
    /// Which.
    #[command(subcommand)]
    command: Command,
}

/// What it does.
#[derive(Debug, Subcommand)]
enum Command {
    /// For developers: make the archive, the wheel and the npm packages for this machine
    #[command(after_help = "\
Examples:
  cargo xtask dist                          into target/dist
  cargo xtask dist --cargo-profile dev      quickly, to look at what is in them")]
    Dist(Args),
}

/// Arguments of `dist`.
#[derive(clap::Args, Debug)]
struct Args {
    /// Build the programs with this profile of cargo
    #[arg(long, value_name = "NAME", default_value = limits::PROFILE)]
    cargo_profile: String,
    /// Write the packages here [default: dist in the target folder]
    #[arg(long, value_name = "DIR")]
    out: Option<Utf8PathBuf>,
}

/// Does what it is told. Returns the exit code.
pub fn run(cli: &Cli) -> u8 {
    let Command::Dist(args) = &cli.command;
    dist(args).unwrap_or_else(|error| {
        screen::say(&format!("error: {error:#}"));
        2
    })
}

fn dist(args: &Args) -> Result<u8> {
    let project = Project::here()?;
    let out = args.out.clone().unwrap_or_else(|| project.target.join("dist"));
    let content = Content::gather(&project, &args.cargo_profile)?;
    let _ = fs::remove_dir_all(&out);
    fs::create_dir_all(&out).with_context(|| format!("make {out}"))?;
    let mut made = vec![archive::write(&content, &project, &out)?];
    made.push(wheel::write(&content, &project, &out)?);
    made.extend(npm::write(&content, &project, &out)?);
    sums::write(&made, &out)?;
    for path in &made {
        screen::say(&format!("{:>10}  {path}", limits::megabytes(fs::metadata(path)?.len())));
    }
    let too_large = limits::exceeded(&content, &made)?;
    too_large.iter().for_each(|what| screen::say(&format!("error: {what}")));
    Ok(u8::from(!too_large.is_empty() && args.cargo_profile == limits::PROFILE))
}
