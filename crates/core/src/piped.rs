//! Processes that are talked to over their input and output.

use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use camino::Utf8Path;

use crate::command::own_sigchld;
use crate::environment::Environment;

/// Starts `argv` in `cwd` with exactly `environment`, leading a process group of its own, with pipes
/// for input and output, and with its error output appended to `log`.
///
/// # Errors
/// It cannot be started.
pub fn start(
    argv: &[String],
    cwd: &Utf8Path,
    environment: &Environment,
    log: &File,
) -> io::Result<Child> {
    own_sigchld();
    let (program, arguments) =
        argv.split_first().ok_or_else(|| io::Error::other("the command is empty"))?;
    Command::new(program)
        .args(arguments)
        .current_dir(cwd)
        .env_clear()
        .envs(environment.iter().map(|(key, variable)| (key, &variable.value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log.try_clone()?)
        .process_group(0)
        .spawn()
}
