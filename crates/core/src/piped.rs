//! Processes with a pipe for input and one for output, such as servers over stdio.

use std::fs::File;
use std::io;
use std::process::{Child, Stdio};

use camino::Utf8Path;

use crate::environment::Environment;
use crate::prepared;

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
    prepared::command(argv, cwd, environment)?
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log.try_clone()?)
        .spawn()
}
