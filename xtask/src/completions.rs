//! `cargo xtask completions`: what a shell needs to complete commands and flags.

use clap::CommandFactory;
use clap_complete::Shell;
use smoke_record::screen;

use crate::cli::Cli;

/// Arguments of `completions`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Prints the completions of a program named `xtask`. Returns the exit code.
pub fn completions(args: &Args) -> u8 {
    let mut script = Vec::new();
    let mut command = Cli::command().name("xtask").bin_name("xtask");
    clap_complete::generate(args.shell, &mut command, "xtask", &mut script);
    screen::print(&String::from_utf8_lossy(&script));
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_gets_flags_of_the_main_job() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let mut script = Vec::new();
            let mut command = Cli::command().name("xtask").bin_name("xtask");
            clap_complete::generate(shell, &mut command, "xtask", &mut script);
            let script = String::from_utf8(script).unwrap();
            assert!(script.contains("until-fail") && script.contains("xtask"), "{shell}");
        }
    }
}
