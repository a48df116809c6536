//! The run's own connection to the gateway, over which its steps ask for the tools.
//!
//! A new session for each question is what agents have, and costs nothing with most gateways. Some
//! take seconds to open one, as long as a server behind them does not answer: such a session is kept.

mod ahead;

use std::time::{Duration, Instant};

use serde_json::Value;
use smoke_core::abandon::unless_stopped;
use smoke_core::stop::Stop;
use smoke_mcp::endpoint::{self, Endpoint, or_stopped};
use smoke_mcp::{Client, Era, Refusal, Spoken};

use ahead::Ahead;

/// A session that took longer to open is kept.
const LONG: Duration = Duration::from_millis(500);
/// The most questions in one session: a gateway might go on showing what there was at its beginning.
const MOST: usize = 4;
/// The longest time that a session is waited in: for the same reason.
const LONGEST: Duration = Duration::from_secs(20);

/// A connection, which is opened when it is needed.
#[derive(Default)]
pub struct Connection {
    kept: Option<Session>,
    ahead: Option<Ahead>,
    last: Option<Listed>,
}

/// A session that was opened.
struct Session {
    client: Client,
    opened_after: Duration,
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
    /// The first line of a server's output that is no message, if there is any.
    pub stray: Option<String>,
}

impl Connection {
    /// Asks for the tools, within the time that is `left`: in the session that was kept, or in a new one
    /// if there is none or the gateway does not know it any more.
    ///
    /// # Errors
    /// What the failed attempt means.
    pub fn list(
        &mut self,
        endpoint: &Endpoint,
        left: Duration,
        stop: &Stop,
    ) -> Result<Listed, Refusal> {
        let (endpoint, kept, start) = (endpoint.clone(), self.kept.take(), Instant::now());
        let asked =
            or_stopped(unless_stopped(stop, move || match kept.map(|kept| ask(kept, left)) {
                Some(Ok(answer)) => Ok(answer),
                _ => ask(open(&endpoint, left.saturating_sub(start.elapsed()))?, left),
            }));
        self.take(asked?)
    }

    /// Asks for the tools as one who waits for them and will ask again. Where a session takes long to
    /// open, the next questions are under way before there is an answer: that will take long as well.
    ///
    /// # Errors
    /// As [`Connection::list`].
    pub fn await_list(
        &mut self,
        endpoint: &Endpoint,
        left: Duration,
        stop: &Stop,
    ) -> Result<Listed, Refusal> {
        if self.ahead.as_ref().is_none_or(|ahead| ahead.begun.elapsed() >= LONGEST) {
            self.leave();
            let (endpoint, kept, start) = (endpoint.clone(), self.kept.take(), Instant::now());
            let opened = move || kept.map_or_else(|| open(&endpoint, left), Ok);
            let session = or_stopped(unless_stopped(stop, opened))?;
            if !session.is_kept() {
                let left = left.saturating_sub(start.elapsed());
                let asked = or_stopped(unless_stopped(stop, move || ask(session, left)));
                return self.take(asked?);
            }
            self.ahead = Some(Ahead::new(session.client, session.opened_after));
        }
        self.next(left, stop)
    }

    /// The next answer to a question that was asked ahead.
    fn next(&mut self, left: Duration, stop: &Stop) -> Result<Listed, Refusal> {
        let Some(ahead) = &mut self.ahead else { return Err(Refusal::Stopped) };
        let (spoken, opened_after) = (ahead.session.spoken(), ahead.opened_after);
        match ahead.next(endpoint::attempt(left), stop) {
            Ok((tools, listed_after)) => {
                let stray = None;
                self.take((Listed { tools, spoken, opened_after, listed_after, stray }, None))
            }
            Err(refusal) => {
                self.leave();
                Err(refusal)
            }
        }
    }

    fn take(&mut self, (listed, kept): (Listed, Option<Session>)) -> Result<Listed, Refusal> {
        self.kept = kept;
        self.last = Some(listed.clone());
        Ok(listed)
    }

    /// The wait is over: what is still under way is of no interest, and the session is kept.
    pub fn settle(&mut self) {
        if let Some(Ahead { session: client, opened_after, .. }) = self.ahead.take() {
            self.kept = Some(Session { client, opened_after, asked: 0 });
        }
    }

    /// What was listed last; none before the first answer.
    pub fn last(&self) -> Option<&Listed> {
        self.last.as_ref()
    }

    /// What a session costs by what is known: how long it takes to open it and to list the tools in it.
    pub fn cost(&self) -> Option<Duration> {
        self.last.as_ref().map(|last| last.opened_after + last.listed_after)
    }

    /// Ends the session, if one is open.
    pub fn close(&mut self) {
        self.leave();
        self.kept.take().into_iter().for_each(|kept| kept.client.close());
    }

    /// Ends the session that was waited in.
    fn leave(&mut self) {
        self.ahead.take().into_iter().for_each(|ahead| ahead.session.close());
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let asked = self.kept.as_ref().map(|kept| kept.asked);
        f.debug_struct("Connection").field("asked", &asked).finish_non_exhaustive()
    }
}

impl Session {
    /// Whether it is kept: one that was opened in no time is not, nor is a stream of events that would
    /// stay open, nor a server that was started for the question.
    fn is_kept(&self) -> bool {
        self.opened_after >= LONG && self.asked < MOST && self.client.spoken().era == Era::Session
    }
}

fn open(endpoint: &Endpoint, left: Duration) -> Result<Session, Refusal> {
    let begin = Instant::now();
    let client = endpoint::open(endpoint, left)?;
    Ok(Session { client, opened_after: begin.elapsed(), asked: 0 })
}

/// Asks in a session, and returns it if it is to be kept.
fn ask(mut session: Session, left: Duration) -> Result<(Listed, Option<Session>), Refusal> {
    // A server that was started for the question has all the time that it was started with.
    if session.client.spoken().era == Era::Session {
        session.client.allow(endpoint::attempt(left));
    }
    let begin = Instant::now();
    let listed = session.client.list_tools();
    let listed_after = begin.elapsed();
    let (spoken, opened_after) = (session.client.spoken(), session.opened_after);
    let stray = session.client.stray().map(str::to_owned);
    session.asked += 1;
    let kept = if listed.is_ok() && session.is_kept() {
        Some(session)
    } else {
        session.client.close();
        None
    };
    Ok((Listed { tools: listed?, spoken, opened_after, listed_after, stray }, kept))
}
