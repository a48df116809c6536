//! MCP over a server's own input and output: a JSON message a line. The server lives as long as the
//! connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;
use std::{iter, thread};

use camino::Utf8PathBuf;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use smoke_core::environment::Environment;
use smoke_core::finding::Finding;
use smoke_core::stop::Stop;
use smoke_core::wait::{self, Patience, Probe};
use smoke_core::{files, piped};
use smoke_wire::findings::{self, EndedBy};
use smoke_wire::message::is_message;

use super::answer::{Aside, each, response};
use super::excerpt::excerpt;
use super::http::{BODY_LIMIT, Deadline};
use super::instead::Silent;
use super::protocol;
use super::refusal::{Phase, Refusal};

/// How long a server may take to end after a signal, or to say what it has held back.
const MOMENT: Duration = Duration::from_secs(1);

/// How long the rest of its output is waited for, once it has ended.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// How many lines are kept that nobody has asked for yet. A server that says more must wait.
const LINES: usize = 256;

/// How a server is started.
#[derive(Clone, Debug)]
pub struct Program {
    /// The command.
    pub argv: Vec<String>,
    /// The folder to run it in.
    pub cwd: Utf8PathBuf,
    /// Its environment.
    pub environment: Environment,
    /// Where its error output goes.
    pub log: Utf8PathBuf,
    /// The wish to stop, which ends it while it is waited for.
    pub stop: Stop,
}

/// A server that runs. It ends with this value.
pub struct Stdio {
    child: Child,
    input: Option<Sender<Vec<u8>>>,
    lines: Receiver<Line>,
    stray: Option<String>,
    changed_id: Option<Value>,
    /// What is seen of it until it has answered.
    silent: Option<Silent>,
    stop: Stop,
}

/// What a server says.
enum Line {
    Text(Vec<u8>),
    TooLong,
}

impl Stdio {
    /// Starts the server.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(program: &Program) -> Result<Self, Refusal> {
        let ended = |error: std::io::Error| Refusal::Ended { how: error.to_string() };
        let log = files::append(&program.log).map_err(ended)?;
        let mut child = piped::start(&program.argv, &program.cwd, &program.environment, &log)
            .map_err(|error| {
                let name = program.argv.first().map(String::as_str).unwrap_or_default();
                Refusal::NotStarted { how: format!("cannot start `{name}`: {error}") }
            })?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let (input, messages) = channel();
        let (sender, lines) = sync_channel(LINES);
        // Both threads end with their pipe, or when nobody listens to them any more.
        stdin.map(|stdin| thread::spawn(move || write(stdin, &messages)));
        stdout.map(|stdout| thread::spawn(move || read(stdout, &sender)));
        let (silent, stop) = (Some(Silent::new(child.id() as i32)), program.stop.clone());
        Ok(Self { child, input: Some(input), lines, stray: None, changed_id: None, silent, stop })
    }

    /// Sends a message that has no answer. A server that has ended shows at the next answer.
    pub fn tell(&self, message: &Value) {
        send(self.input.as_ref(), message);
    }

    /// Sends the request `id` and waits for its result.
    ///
    /// # Errors
    /// What became of it.
    pub fn ask(&mut self, message: &Value, id: u64, deadline: Deadline) -> Result<Value, Refusal> {
        const TICK: Duration = Duration::from_millis(100);
        self.tell(message);
        loop {
            let left = deadline.left(Phase::Answer).map_err(|late| self.instead(late))?;
            if self.stop.is_set() {
                return Err(Refusal::Stopped);
            }
            if let Some(refusal) = self.silent.as_mut().and_then(Silent::never) {
                return Err(refusal);
            }
            let line = match self.lines.recv_timeout(left.min(TICK)) {
                Ok(Line::Text(line)) => line,
                Ok(Line::TooLong) => return Err(Refusal::TooLarge { limit: BODY_LIMIT }),
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return Err(self.ended()),
            };
            let Ok(message) = serde_json::from_slice::<Value>(&line) else {
                self.keep_stray(&line);
                continue;
            };
            if !is_message(&message) {
                self.keep_stray(&line);
            }
            let mut on_aside = |aside: Aside| match aside {
                Aside::Request(asked) => send(self.input.as_ref(), &protocol::reply(asked)),
                Aside::ChangedId(id) => self.changed_id = Some(id.clone()),
            };
            let mut messages = each(message).into_iter();
            if let Some(response) = messages.find_map(|it| response(it, id, &mut on_aside)) {
                self.silent = None;
                return response;
            }
        }
    }

    /// Many clients pass over what is no message, and some complain.
    fn keep_stray(&mut self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        if self.stray.is_none() && !text.trim().is_empty() {
            self.stray = Some(excerpt(text.trim()));
        }
    }

    /// What was found of it so far.
    pub fn findings(&self) -> impl Iterator<Item = Finding> {
        let stray = self.stray.as_deref().map(findings::stray_output);
        stray.into_iter().chain(self.changed_id.as_ref().map(findings::id_changed))
    }

    /// What it does instead of answering in time.
    fn instead(&mut self, late: Refusal) -> Refusal {
        // One that speaks may listen as well, as a browser does for whoever drives it.
        let Some(silent) = &self.silent else { return late };
        if let Some(port) = silent.port() {
            return Refusal::Listens { port, for_good: false };
        }
        if let Some(stray) = &self.stray {
            return Refusal::NotMcp { received: format!("its output has the line {stray:?}") };
        }
        if self.answers_at_its_end() { Refusal::HeldBack } else { late }
    }

    /// Whether it answers when its input is closed: then what it wrote was in its buffer until then.
    fn answers_at_its_end(&mut self) -> bool {
        drop(self.input.take());
        let text = |line| match line {
            Line::Text(text) => serde_json::from_slice::<Value>(&text).ok(),
            Line::TooLong => None,
        };
        let mut said = iter::from_fn(|| self.lines.recv_timeout(MOMENT).ok());
        said.any(|line| text(line).is_some_and(|said| is_message(&said)))
    }

    /// Ends it, and tells what was found of it.
    pub fn end(mut self) -> Vec<Finding> {
        let by = self.let_go();
        while let Ok(Line::Text(line)) = self.lines.recv_timeout(LAST_WORDS) {
            if !serde_json::from_slice(&line).is_ok_and(|said| is_message(&said)) {
                self.keep_stray(&line);
            }
        }
        let ended_badly = findings::ended_badly(by).filter(|_| self.silent.is_none());
        self.findings().chain(ended_badly).collect()
    }

    /// A server ends when its input does; one that does not is told, and then made to. Its process
    /// group goes with it, as the server behind `npx` does.
    fn let_go(&mut self) -> EndedBy {
        drop(self.input.take());
        if self.wait(findings::GRACE).is_some() {
            return EndedBy::Input;
        }
        let group = Pid::from_raw(self.child.id() as i32);
        let signal = |signal| group.map(|group| kill_process_group(group, signal));
        let _ = signal(Signal::TERM);
        if self.wait(MOMENT).is_some() {
            return EndedBy::Term;
        }
        let _ = signal(Signal::KILL);
        let _ = self.wait(MOMENT);
        EndedBy::Kill
    }

    /// The output is closed, so that the process ends in a moment, or will never answer.
    fn ended(&mut self) -> Refusal {
        let how = match self.wait(MOMENT) {
            Some(status) => status.to_string(),
            None => "it closed its output and lives on".to_owned(),
        };
        let stray = self.stray.iter().map(|stray| format!(", after the line {stray:?}"));
        Refusal::Ended { how: std::iter::once(how).chain(stray).collect() }
    }

    fn wait(&mut self, time: Duration) -> Option<std::process::ExitStatus> {
        let look = |_| match self.child.try_wait() {
            Ok(Some(status)) => Probe::Ready(status),
            Ok(None) => Probe::NotYet(()),
            Err(_) => Probe::Never(()),
        };
        wait::until(Patience::local(time), &Stop::default(), |_| (), look).ok()
    }
}

impl Drop for Stdio {
    fn drop(&mut self) {
        self.let_go();
    }
}

/// Sends a message to whoever still listens.
fn send(input: Option<&Sender<Vec<u8>>>, message: &Value) {
    let line = format!("{message}\n").into_bytes();
    input.into_iter().for_each(|input| drop(input.send(line.clone())));
}

fn write(mut stdin: ChildStdin, messages: &Receiver<Vec<u8>>) {
    while let Ok(message) = messages.recv() {
        if stdin.write_all(&message).and_then(|()| stdin.flush()).is_err() {
            return;
        }
    }
}

fn read(stdout: ChildStdout, lines: &SyncSender<Line>) {
    let mut stdout = BufReader::new(stdout);
    loop {
        let mut line = Vec::new();
        let read = stdout.by_ref().take(BODY_LIMIT).read_until(b'\n', &mut line);
        let line = match read {
            Ok(0) | Err(_) => return,
            Ok(_) if line.last() != Some(&b'\n') && line.len() as u64 == BODY_LIMIT => {
                Line::TooLong
            }
            Ok(_) => Line::Text(line),
        };
        if lines.send(line).is_err() {
            return;
        }
    }
}
