//! `cargo xtask completions`: what a shell needs to complete commands and flags.

use clap_complete::Shell;
use smoke_core::name::installed;
use smoke_record::screen;

use crate::cli;

/// Arguments of `completions`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Prints the completions of this program, which has another name for shells than for cargo. Returns the
/// exit code.
pub fn completions(args: &Args) -> u8 {
    let mut script = Vec::new();
    let name = installed().map_or("xtask", |program| program.name);
    let mut command = cli::command().name(name).bin_name(name);
    clap_complete::generate(args.shell, &mut command, name, &mut script);
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
            let mut command = cli::command().name("xtask").bin_name("xtask");
            clap_complete::generate(shell, &mut command, "xtask", &mut script);
            let script = String::from_utf8(script).unwrap();
            assert!(script.contains("until-fail") && script.contains("xtask"), "{shell}");
        }
    }
}
