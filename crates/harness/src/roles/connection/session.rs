//! A session with the gateway, and whether it is worth keeping for the next question.

use std::time::{Duration, Instant};

use serde_json::Value;
use smoke_core::finding::Finding;
use smoke_mcp::endpoint::{self, Endpoint};
use smoke_mcp::{Client, Era, Refusal, Spoken};

/// A session that took longer to open is kept.
const LONG: Duration = Duration::from_millis(500);
/// The most questions in one session: a gateway might go on showing what there was at its beginning.
const MOST: usize = 4;

/// So long a server that was started is asked in the same session.
const YOUNG: Duration = Duration::from_secs(20);

/// A session that was opened.
pub struct Session {
    /// The client's end of it.
    pub client: Client,
    /// How long it took to open it.
    pub opened_after: Duration,
    opened: Instant,
    asked: usize,
}

/// What the gateway listed, and how long it took.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The tools.
    pub tools: Vec<Value>,
    /// How the gateway speaks MCP.
    pub spoken: Spoken,
    /// How long it took to open the session that was asked in.
    pub opened_after: Duration,
    /// How long it took to list the tools.
    pub listed_after: Duration,
    /// What was found of the server meanwhile.
    pub findings: Vec<Finding>,
}

impl Session {
    /// Opens one, within the time that is `left`.
    ///
    /// # Errors
    /// What the failed attempt means.
    pub fn open(endpoint: &Endpoint, left: Duration) -> Result<Self, Refusal> {
        let begin = Instant::now();
        let client = endpoint::open(endpoint, left)?;
        Ok(Self::of(client, begin.elapsed()))
    }

    /// The one that `client` has opened, in which nothing was asked yet.
    pub fn of(client: Client, opened_after: Duration) -> Self {
        Self { client, opened_after, opened: Instant::now(), asked: 0 }
    }

    /// Whether it is kept: one that was opened in no time is not, nor is a stream of events that would
    /// stay open, nor a server that was started for the question.
    pub fn is_kept(&self) -> bool {
        self.opened_after >= LONG && self.asked < MOST && self.client.spoken().era == Era::Session
    }

    /// Whether it is one with a server that was started not long ago, which may list more in it: each new start
    /// begins anew.
    pub fn is_young_start(&self) -> bool {
        self.client.spoken().era == Era::Stdio && self.opened.elapsed() < YOUNG
    }

    /// Asks for the tools, and returns the session if it is to be `kept`.
    ///
    /// # Errors
    /// What the failed attempt means.
    pub fn ask(
        mut self,
        left: Duration,
        kept: fn(&Self) -> bool,
    ) -> Result<(Listed, Option<Self>), Refusal> {
        // A server that was started for the question has all the time that it was started with.
        if self.client.spoken().era == Era::Session {
            self.client.allow(endpoint::attempt(left));
        }
        let begin = Instant::now();
        let listed = self.client.list_tools();
        let listed_after = begin.elapsed();
        let (spoken, opened_after) = (self.client.spoken(), self.opened_after);
        self.asked += 1;
        let (findings, kept) = match listed.is_ok() && kept(&self) {
            true => (self.client.findings(), Some(self)),
            false => (self.client.close(), None),
        };
        Ok((Listed { tools: listed?, spoken, opened_after, listed_after, findings }, kept))
    }
}
