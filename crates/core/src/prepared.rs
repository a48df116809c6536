//! The preparation of a process that is started without a pipeline, whatever its input and output are.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use camino::Utf8Path;

use crate::environment::Environment;
use crate::sigchld;

/// The command `argv` in `cwd` with exactly `environment`, leading a process group of its own.
///
/// # Errors
/// `argv` is empty.
pub(crate) fn command(
    argv: &[String],
    cwd: &Utf8Path,
    environment: &Environment,
) -> io::Result<Command> {
    sigchld::own();
    let (program, arguments) =
        argv.split_first().ok_or_else(|| io::Error::other("the command is empty"))?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(cwd)
        .env_clear()
        .envs(environment.iter().map(|(key, variable)| (key, &variable.value)))
        .process_group(0);
    Ok(command)
}
