//! What a server does that is to speak over its input and output, and listens instead.

use std::time::{Duration, Instant};

use smoke_core::process::load::load;
use smoke_core::process::{self, Process};
use ureq::http::Method;

use super::answer::result_of;
use super::http::{Deadline, Http};
use super::protocol;
use super::refusal::Refusal;

/// Between two looks: each goes through all processes.
const SPACING: Duration = Duration::from_secs(1);
/// One that serves MCP at a port, and has been silent on its output for so long since, does not mean to speak
/// there.
const SETTLED: Duration = Duration::from_secs(4);
/// The same of one that only listens, as others do for a browser that they drive, and does nothing.
const IDLE: Duration = Duration::from_secs(20);
/// One that uses more of the CPU in that time does something.
const NOTHING: Duration = Duration::from_millis(300);
/// How long an answer at the port is waited for.
const MOMENT: Duration = Duration::from_millis(500);
/// Where servers serve MCP.
const PATHS: [&str; 3] = ["/mcp", "/", "/sse"];

/// A server that has not answered yet, as it was seen.
pub struct Silent {
    pid: i32,
    looked: Instant,
    /// Since when it listens, and the CPU time that it had used by then.
    listens: Option<(Instant, Duration)>,
}

impl Silent {
    /// The one that runs as `pid`.
    pub fn new(pid: i32) -> Self {
        Self { pid, looked: Instant::now(), listens: None }
    }

    /// What it does instead of ever answering, once that is sure. It is looked at now and then.
    pub fn never(&mut self) -> Option<Refusal> {
        if self.looked.elapsed() < SPACING {
            return None;
        }
        self.looked = Instant::now();
        let Some(port) = self.port() else {
            self.listens = None;
            return None;
        };
        let used = load(self.pid).cpu;
        let (since, before) = *self.listens.get_or_insert((Instant::now(), used));
        if since.elapsed() >= SETTLED && serves(port) {
            return Some(Refusal::Listens { port, for_good: true });
        }
        if used.saturating_sub(before) > NOTHING {
            self.listens = Some((Instant::now(), used));
            return None;
        }
        (since.elapsed() >= IDLE).then_some(Refusal::Listens { port, for_good: true })
    }

    /// The port that it listens on.
    pub fn port(&self) -> Option<u16> {
        let family = process::find(self.pid).into_iter().chain(process::descendants(self.pid));
        let family: Vec<Process> = family.collect();
        process::ports_of(&family).first().map(|(port, _)| *port)
    }
}

/// Whether MCP is served at the port.
fn serves(port: u16) -> bool {
    let http = Http::new(Vec::new());
    let headers =
        [("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let message = protocol::initialize(1, "clone-smoke").to_string().into_bytes();
    PATHS.iter().any(|path| {
        let url = format!("http://localhost:{port}{path}");
        let deadline = Deadline::after(MOMENT);
        let answer = http.send(Method::POST, &url, &headers, message.clone(), deadline);
        let is_mcp = answer.is_ok_and(|answer| {
            result_of(answer, 1, deadline, &mut |_| ())
                .is_ok_and(|r| r["protocolVersion"].is_string())
        });
        let stream = || http.send(Method::GET, &url, &headers, Vec::new(), Deadline::after(MOMENT));
        is_mcp || stream().is_ok_and(|stream| stream.media_type == "text/event-stream")
    })
}
