//! The command line. Flags become options here, and nobody else knows how they are called.

mod internal;
mod limits;
mod manual;
pub mod output;
mod parts;
pub mod run;
pub mod smoke;
pub mod value;
mod workspace;

use std::ffi::OsString;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use smoke_core::name::{IN_CLONE, called, installed};

use internal::{GuardArgs, MisbehaveArgs, SuperviseArgs};
use run::RunArgs;
use smoke::SmokeArgs;

/// Proves that a fresh clone of an MCP stack boots and that an agent can use it.
#[derive(Debug, Parser)]
#[command(name = IN_CLONE, bin_name = IN_CLONE, version, max_term_width = 100, after_help = "\
`cargo xtask init` is short for `cargo xtask smoke --init`.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The command line that this program was started with. One that is wrong, or asks for help, ends here.
pub fn read() -> Cli {
    let matches = command().get_matches_from(words(std::env::args_os().collect()));
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// The command line, with the name by which this program is called here.
pub fn command() -> clap::Command {
    let Some(program) = installed() else { return Cli::command() };
    let command = Cli::command().name(program.name).bin_name(program.name).version(program.version);
    FOR_DEVELOPERS.into_iter().fold(renamed(command), |command, name| {
        command.mut_subcommand(name, |subcommand| subcommand.hide(true))
    })
}

/// The same with the examples of all its commands as they are called here.
fn renamed(command: clap::Command) -> clap::Command {
    let called = |help: &clap::builder::StyledStr| called(&help.to_string()).into_owned();
    let (short, long) =
        (command.get_after_help().map(called), command.get_after_long_help().map(called));
    let names: Vec<String> = command.get_subcommands().map(|it| it.get_name().to_owned()).collect();
    let command = names.iter().fold(command, |command, name| command.mut_subcommand(name, renamed));
    command.after_help(short.unwrap_or_default()).after_long_help(long.unwrap_or_default())
}

/// `init` is short for `smoke --init`, and an installed program smokes where no command is named.
fn words(mut words: Vec<OsString>) -> Vec<OsString> {
    let first = words.get(1).and_then(|word| word.to_str()).unwrap_or_default().to_owned();
    let is_flag =
        first.starts_with('-') && !["-h", "--help", "-V", "--version"].contains(&first.as_str());
    if first == "init" {
        words.splice(1..2, ["smoke", "--init"].map(OsString::from));
    } else if installed().is_some() && (words.len() == 1 || is_flag) {
        words.insert(1, "smoke".into());
    }
    words
}

/// The commands that need the sources of this program.
const FOR_DEVELOPERS: [&str; 4] = ["bench", "soak", "dist", "test"];

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Clone, build and start the stack, drive an agent through its stages, and tear all down
    #[command(
        after_help = "\
Examples:
  cargo xtask smoke --source ../other        another repository, by its smoke.toml
  cargo xtask smoke --repeat 20 -q           does it always pass?",
        after_long_help = "\
Examples:
  cargo xtask smoke                          the stack of this repository
  cargo xtask smoke --source ../other        another repository, by its smoke.toml
  cargo xtask smoke --plan-only              what would be done
  cargo xtask smoke --inject list            the faults that can be played
  cargo xtask smoke --manual-stage install   stop before a stage, for a person to do it
  cargo xtask smoke --repeat 20 -q           does it always pass?
  cargo xtask smoke --format json > run.json"
    )]
    Smoke(Box<SmokeArgs>),
    /// Prepare everything, leave the stack up, and write the playbook for a person
    #[command(after_help = "\
Examples:
  cargo xtask smoke-manual --workspace /tmp/ws            in a folder of your choice
  cargo xtask smoke --resume --workspace /tmp/ws          judge what the person did, and go on")]
    SmokeManual(Box<SmokeArgs>),
    /// Install a bundle of MCP servers into a config home
    #[command(after_help = "\
Examples:
  cargo xtask bundle-install --dry-run                    what would change, as a diff
  cargo xtask bundle-install --bundle bundles/starter     one of your own
  cargo xtask bundle-install --server fs --no-restart     one server, and nothing is started again
  cargo xtask bundle-install --format json                for programs")]
    BundleInstall(crate::bundle_install::Args),
    /// For developers: measure, as ratios
    Bench(PassedOnArgs),
    /// For developers: hit many runs with signals, and look at what is left
    Soak(PassedOnArgs),
    /// For developers: make the archive, the wheel and the npm packages for this machine
    Dist(PassedOnArgs),
    /// Show the calls of a transcript of any agent, and hold them to a stage
    #[command(after_help = "\
Examples:
  cargo xtask transcript run.jsonl                        its calls
  cargo xtask transcript run.jsonl --stage install        held to a stage of the profile
  cargo xtask transcript run.jsonl --format json          for programs")]
    Transcript(crate::transcript::Args),
    /// Print the jobs of a CI system as JSON, from the profiles
    #[command(after_help = "\
Examples:
  cargo xtask ci-matrix                       all jobs
  cargo xtask ci-matrix --only agent=codex    some of them")]
    CiMatrix(crate::ci_matrix::Args),
    /// Say what this machine lacks for a run, and how to get it
    #[command(after_help = "\
Examples:
  cargo xtask doctor                        for the profile that a run would take
  cargo xtask doctor --profile stelae       for another one
  cargo xtask doctor --format json          for programs")]
    Doctor(Box<RunArgs>),
    /// Smoke what is pushed before it is pushed
    #[command(after_help = "\
Examples:
  cargo xtask hook install                    smoke every push of this repository
  cargo xtask hook install --source ../other  of another one
  cargo xtask hook uninstall                  put back what was there")]
    Hook(crate::hook::Args),
    /// List, show and compare earlier runs, and delete their folders
    Runs(crate::runs::Args),
    /// Print completions for a shell
    #[command(after_help = "\
Examples:
  xtask completions bash > ~/.local/share/bash-completion/completions/xtask")]
    Completions(crate::completions::Args),
    /// Run everything the project tests, as CI runs it
    #[command(after_help = "\
Examples:
  cargo xtask test                      everything, as CI runs it
  cargo xtask test -- leaks             the tests whose names have this")]
    Test(TestArgs),
    /// A process that misbehaves; started by a run that plays a fault
    #[command(hide = true)]
    Misbehave(MisbehaveArgs),
    /// Ends what a run has started when the run is killed; started by a run, detached from it
    #[command(hide = true)]
    Guard(GuardArgs),
    /// The embedded supervisor; started by a run, detached from it
    #[command(hide = true)]
    Supervise(SuperviseArgs),
}

/// Arguments of `test`.
#[derive(Args, Debug)]
pub struct TestArgs {
    /// Passed on to `cargo test`, such as the name of a test
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<String>,
}

/// Arguments of another program.
#[derive(Args, Debug)]
#[command(disable_help_flag = true)]
pub struct PassedOnArgs {
    /// Passed on to the program that measures this one, such as `--help`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<String>,
}

#[cfg(test)]
mod tests {
    use smoke_core::name::COMMANDS;

    use super::*;

    fn names(hidden: impl Fn(&clap::Command) -> bool) -> Vec<String> {
        let command = command();
        let all = command.get_subcommands().filter(|it| !hidden(it));
        all.map(|it| it.get_name().to_owned()).collect()
    }

    #[test]
    fn every_command_of_an_installed_program_is_called_by_its_name() {
        let mut own = names(clap::Command::is_hide_set);
        own.retain(|name| !FOR_DEVELOPERS.contains(&name.as_str()));
        let mut known = COMMANDS.map(str::to_owned).to_vec();
        known.retain(|name| name != "init");
        own.sort();
        known.sort();
        assert_eq!(own, known);
    }

    #[test]
    fn init_is_short_for_a_flag() {
        let of = |line: &str| words(line.split(' ').map(OsString::from).collect());
        assert_eq!(of("xtask init --from x"), ["xtask", "smoke", "--init", "--from", "x"]);
        assert_eq!(of("xtask runs init"), ["xtask", "runs", "init"]);
        assert_eq!(of("xtask -q"), ["xtask", "-q"]);
    }
}
