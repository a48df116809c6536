//! Stand-ins for pm2 that play its faults, for `--inject`.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use smoke_core::process;

/// Passes the call on, and kills the call as soon as a daemon appears below it: the daemon, which
/// is still on its way up, then has nobody to say so to. Waiting for the daemon, and not for a
/// time, makes this happen always.
pub fn cut_short(command: &[String]) -> Result<u8> {
    let mut child = command_of(command)?.spawn().context("start pm2")?;
    loop {
        if let Some(status) = child.try_wait().context("wait for pm2")? {
            return Ok(code(status));
        }
        let below = process::descendants(child.id() as i32);
        if below.iter().any(|p| p.argv.iter().any(|word| word.ends_with("Daemon.js"))) {
            child.kill().context("kill the call")?;
            return Ok(code(child.wait().context("wait for pm2")?));
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Passes the call on, but what it starts gets the port of another day: so it is when a daemon keeps
/// the environment that it was started with.
pub fn of_yesterday(command: &[String]) -> Result<u8> {
    let mut child = command_of(command)?;
    if command.iter().any(|word| word == "start") {
        child.env("PROXY_PORT", "9090");
    }
    child.status().context("start pm2").map(code)
}

/// As a run finds it: a bare `pm2` is the one that `PM2` names.
fn command_of(words: &[String]) -> Result<Command> {
    let (program, arguments) = words.split_first().context("no command is given")?;
    let named =
        std::env::var("PM2").ok().filter(|named| program == "pm2" && !named.trim().is_empty());
    let mut command = Command::new(named.as_ref().unwrap_or(program));
    command.args(arguments).stdin(Stdio::null());
    Ok(command)
}

/// As a shell says it.
fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| Some(128 + status.signal()?)).unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}
