//! Processes that misbehave, for `--inject`.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::cli::MisbehaveArgs;
use crate::screen;

/// Misbehaves as it is told. A way that ends at once returns the exit code.
///
/// # Errors
/// There is no such way, or it needs a port and cannot have it.
pub fn misbehave(args: &MisbehaveArgs) -> Result<u8> {
    match args.way.as_str() {
        "fail" => {
            screen::say("nothing works today");
            Ok(1)
        }
        "hang" => ignore_and_wait(),
        "idle" => wait(),
        "detached" => {
            let _ = rustix::process::setsid();
            wait()
        }
        "repeat" => repeat(),
        "crash" => crash(),
        "leak" => leave_behind().map(|()| 0),
        "scribble" => fs::write("scribbled", "x").context("scribble").map(|()| 0),
        "elsewhere" => serve(0, "200"),
        "mute" => serve(args.port()?, ""),
        way if way.parse::<u16>().is_ok() => serve(args.port()?, way),
        way => bail!("no process misbehaves as `{way}`"),
    }
}

/// Waits for a signal that ends it.
fn wait() -> Result<u8> {
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}

fn ignore_and_wait() -> Result<u8> {
    crate::signals::install(&smoke_core::stop::Stop::default())?;
    wait()
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
    let program = std::env::current_exe()?;
    let mut child = Command::new(program);
    child
        .args(["misbehave", "detached"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    child.spawn().context("leave a process behind").map(drop)
}

/// Answers every request with `status`, or not at all when that is empty.
fn serve(port: u16, status: &str) -> Result<u8> {
    let listener =
        TcpListener::bind(("127.0.0.1", port)).with_context(|| format!("listen on {port}"))?;
    let mut kept = Vec::new();
    for stream in listener.incoming() {
        let mut stream = stream.context("accept")?;
        if status.is_empty() {
            kept.push(stream);
        } else {
            answer(&mut stream, status);
        }
    }
    Ok(0)
}

fn answer(stream: &mut TcpStream, status: &str) {
    let mut request = [0; 4096];
    let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
    let _ = stream.read(&mut request);
    let body = "this is not what you wanted";
    let length = body.len();
    let _ = write!(
        stream,
        "HTTP/1.1 {status} Odd\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
}

impl MisbehaveArgs {
    fn port(&self) -> Result<u16> {
        self.port.context("this way needs a port")
    }
}
