//! `cargo xtask hook`: smokes what is pushed, before it is pushed.

mod install;
mod manager;
mod place;
mod push;
mod refs;
mod repository;
mod run;
mod script;
mod settings;
mod trees;
mod uninstall;
mod use_stdin;

use anyhow::Result;
use camino::Utf8PathBuf;
use clap::Subcommand;

/// Arguments of `hook`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// What to do
    #[command(subcommand)]
    pub what: What,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum What {
    /// Make git smoke what is pushed; a hook that is there already is run first
    #[command(after_help = "\
Examples:
  cargo xtask hook install
  cargo xtask hook install --source ../other")]
    Install(InstallArgs),
    /// Put back what was there before
    #[command(after_help = "\
Examples:
  cargo xtask hook uninstall")]
    Uninstall(UninstallArgs),
    /// What the hook calls: reads on its input what git is about to push
    #[command(after_help = "\
Examples:
  echo refs/heads/main HEAD refs/heads/main HEAD | cargo xtask hook run origin URL")]
    Run(RunArgs),
}

/// Arguments of `hook install`.
#[derive(clap::Args, Clone, Debug)]
pub struct InstallArgs {
    /// The repository whose pushes are smoked [default: the one that runs this]
    #[arg(long, value_name = "DIR")]
    pub source: Option<Utf8PathBuf>,
    /// Also where a hook manager or another repository has a say in the folder of the hooks
    #[arg(long)]
    pub chain: bool,
    /// Flags of `smoke` for the runs, such as --profile NAME
    #[arg(last = true, value_name = "FLAGS")]
    pub smoke: Vec<String>,
}

/// Arguments of `hook uninstall`.
#[derive(clap::Args, Clone, Debug)]
pub struct UninstallArgs {
    /// The repository [default: the one that runs this]
    #[arg(long, value_name = "DIR")]
    pub source: Option<Utf8PathBuf>,
}

/// Arguments of `hook run`.
#[derive(clap::Args, Clone, Debug)]
pub struct RunArgs {
    /// The remote's name and address, as git gives them to its hook
    pub remote: Vec<String>,
}

/// Does what is asked for. Returns the exit code.
///
/// # Errors
/// It cannot be done; then nothing of it was.
pub fn hook(args: &Args) -> Result<u8> {
    match &args.what {
        What::Install(args) => install::install(args),
        What::Uninstall(args) => uninstall::uninstall(args),
        What::Run(_) => run::run(),
    }
}
