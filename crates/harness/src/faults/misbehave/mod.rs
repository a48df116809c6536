//! Processes that misbehave, for `--inject`.

mod codex;
mod http;
pub(super) mod leftover;
mod pm2;

use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{fs, thread};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use smoke_core::process::RUN_ID;
use smoke_core::signals;
use smoke_core::stop::Stop;
use smoke_core::wait::{self, Patience, Probe};
use smoke_record::screen;

use http::{answer, read_to_its_end, serve, trickle};

/// What a process that misbehaves is told.
#[derive(Debug)]
pub struct Misbehaviour {
    /// How.
    pub way: String,
    /// The port to do it on.
    pub port: Option<u16>,
    /// The command to do it to, or to become afterwards.
    pub command: Vec<String>,
}

/// Misbehaves as it is told. A way that ends at once returns the exit code.
///
/// # Errors
/// There is no such way, or it needs a port and cannot have it.
pub fn misbehave(args: &Misbehaviour) -> Result<u8> {
    match args.way.as_str() {
        "fail" => {
            screen::say("nothing works today");
            Ok(1)
        }
        "hang" => ignore_and_wait(),
        "idle" => idle(),
        "detached" => {
            let _ = rustix::process::setsid();
            idle()
        }
        "repeat" => repeat(),
        "crash" => crash(),
        "leak" => leave_behind().map(|()| 0),
        "scribble" => fs::write("scribbled", "x").context("scribble").map(|()| 0),
        "start-again" => start_again(),
        "leave-transcripts" => leftover::leave(&args.command).map(|()| 0),
        "late" => {
            thread::sleep(Duration::from_secs(60));
            become_another(&args.command)
        }
        "occupy" => occupy(args.port()?).and_then(|()| become_another(&args.command)),
        "break-a-server" => break_a_server().and_then(|()| become_another(&args.command)),
        way if way.starts_with("agent-") => codex::play(way, &args.command),
        "elsewhere" => serve(0, |stream| answer(stream, 200)),
        "mute" => serve(args.port()?, read_to_its_end),
        "trickle" => serve(args.port()?, trickle),
        "pm2-cut-short" => pm2::cut_short(&args.command),
        "pm2-of-yesterday" => pm2::of_yesterday(&args.command),
        way => match way.parse() {
            Ok(status) => serve(args.port()?, move |stream| answer(stream, status)),
            Err(_) => bail!("no process misbehaves as `{way}`"),
        },
    }
}

/// Waits for a signal that ends it.
fn idle() -> Result<u8> {
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}

fn ignore_and_wait() -> Result<u8> {
    signals::install(&Stop::default())?;
    idle()
}

/// Prints what a worker that crashes for ever prints: only the numbers change.
fn repeat() -> Result<u8> {
    for number in 1_u64.. {
        screen::say(&format!("worker {number} crashed, starting another one"));
        thread::sleep(Duration::from_millis(50));
    }
    Ok(0)
}

fn crash() -> Result<u8> {
    screen::say("cannot read the key of the moon: no such key");
    leave_behind()?;
    Ok(3)
}

/// A process in a session of its own, with no output that anyone could wait for.
fn leave_behind() -> Result<()> {
    aside(&["detached"])?.spawn().context("leave a process behind").map(drop)
}

/// Another process that misbehaves, with no output that anyone could wait for.
fn aside(arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("misbehave").args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Ok(command)
}

/// Puts a stranger on the port, unless somebody is there: a process that does not carry the run's id. It
/// descends from the run, so that the teardown ends it all the same.
fn occupy(port: u16) -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(5);
    let is_taken = |_| match TcpStream::connect(("127.0.0.1", port)) {
        Ok(_) => Probe::Ready(()),
        Err(error) => Probe::NotYet(error.to_string()),
    };
    if matches!(is_taken(PATIENCE), Probe::Ready(())) {
        return Ok(());
    }
    let mut stranger = aside(&["404", &port.to_string()])?;
    // What works in the workspace would be taken for a daemon of the stack.
    stranger.env_remove(RUN_ID).process_group(0).current_dir("/");
    stranger.spawn().context("start a stranger")?;
    let taken = wait::until(Patience::local(PATIENCE), &Stop::default(), |_| (), is_taken);
    taken.map_err(|_| anyhow::anyhow!("the stranger does not listen"))
}

/// Goes on after it was told to stop, and starts the stack again.
fn start_again() -> Result<u8> {
    let stop = Stop::default();
    signals::install(&stop)?;
    wait::sleep(Duration::from_secs(3600), &stop);
    screen::say("interrupted; starting the stack again");
    leave_behind()?;
    idle()
}

/// Takes the program away from one of the servers in the gateway's config.
fn break_a_server() -> Result<()> {
    let path = std::env::var("PROXY_CONFIG").context("find the gateway's config")?;
    let text = fs::read(&path).with_context(|| format!("read {path}"))?;
    let mut config: Value =
        serde_json::from_slice(&text).with_context(|| format!("read {path}"))?;
    let servers = config["mcpServers"].as_object_mut().context("find the servers")?;
    let server = servers.values_mut().find(|server| server["command"].is_string());
    server.context("find a server with a program")?["command"] = "/no/such/program".into();
    fs::write(&path, config.to_string()).with_context(|| format!("write {path}"))
}

/// Runs `command` in the place of this process.
fn become_another(command: &[String]) -> Result<u8> {
    let (program, arguments) = command.split_first().context("this way needs a command")?;
    let error = Command::new(program).args(arguments).exec();
    Err(error).with_context(|| format!("start {program}"))
}

impl Misbehaviour {
    fn port(&self) -> Result<u16> {
        self.port.context("this way needs a port")
    }
}
