//! Processes that outlive the call that starts them: their output goes to files, never to a pipe
//! that someone would have to read.

use std::fs::File;
use std::io;
use std::process::{Child, Stdio};

use camino::Utf8Path;

use crate::environment::Environment;
use crate::prepared;

/// Starts `argv` in `cwd` with exactly `environment`, leading a process group of its own, with both
/// outputs appended to `log` and its input from `input`.
///
/// # Errors
/// It cannot be started.
pub fn start(
    argv: &[String],
    cwd: &Utf8Path,
    environment: &Environment,
    input: Stdio,
    log: &File,
) -> io::Result<Child> {
    prepared::command(argv, cwd, environment)?
        .stdin(input)
        .stdout(log.try_clone()?)
        .stderr(log.try_clone()?)
        .spawn()
}
