//! The run's own connection to the gateway, over which its steps ask for the tools.
//!
//! A new session for each question is what agents have, and costs nothing with most gateways. Some
//! take seconds to open one, as long as a server behind them does not answer: such a session is kept.

mod ahead;

use std::time::{Duration, Instant};

use serde_json::Value;
use smoke_core::stop::Stop;

use ahead::Ahead;

use super::gateway::{self, Endpoint, or_stopped};
use crate::mcp::{Client, Era, Refusal, Spoken};
use crate::run::abandon::unless_stopped;

/// A session that took longer to open is kept.
const LONG: Duration = Duration::from_millis(500);
/// The most questions in one session: a gateway might go on showing what there was at its beginning.
const MOST: usize = 4;
/// The longest time that a session is waited in: for the same reason.
const LONGEST: Duration = Duration::from_secs(10);

/// A connection, which is opened when it is needed.
#[derive(Default)]
pub struct Connection {
    kept: Option<Kept>,
    ahead: Option<Ahead>,
    last: Option<Listed>,
}

struct Kept {
    client: Client,
    asked: usize,
}

/// What the gateway listed, and how long it took.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The tools.
    pub tools: Vec<Value>,
    /// How the gateway speaks MCP.
    pub spoken: Spoken,
    /// How long it took to open the session; none for one that was kept.
    pub opened_after: Option<Duration>,
    /// How long it took to list the tools.
    pub listed_after: Duration,
}

impl Connection {
    /// Asks for the tools, within the time that is `left`.
    ///
    /// # Errors
    /// What the failed attempt means.
    pub fn list(
        &mut self,
        endpoint: &Endpoint,
        left: Duration,
        stop: &Stop,
    ) -> Result<Listed, Refusal> {
        let (endpoint, kept) = (endpoint.clone(), self.kept.take());
        let asked = or_stopped(unless_stopped(stop, move || ask(kept, &endpoint, left)));
        let (listed, kept) = asked?;
        self.kept = kept;
        self.last = Some(listed.clone());
        Ok(listed)
    }

    /// Asks for the tools as one who waits for them and will ask again. Where every answer takes long,
    /// the next questions are under way before it is there.
    ///
    /// # Errors
    /// As [`Connection::list`].
    pub fn await_list(
        &mut self,
        endpoint: &Endpoint,
        left: Duration,
        stop: &Stop,
    ) -> Result<Listed, Refusal> {
        let is_slow = self.last.as_ref().is_some_and(|last| last.listed_after >= LONG);
        if self.ahead.is_none() && is_slow {
            self.ahead = self.kept.take().map(|kept| Ahead::new(kept.client));
        }
        let Some(ahead) = self.ahead.as_mut().filter(|ahead| ahead.begun.elapsed() < LONGEST)
        else {
            self.leave();
            return self.list(endpoint, left, stop);
        };
        match ahead.next(gateway::attempt(left), stop) {
            Ok((tools, listed_after)) => {
                let spoken = ahead.spoken();
                let listed = Listed { tools, spoken, opened_after: None, listed_after };
                self.last = Some(listed.clone());
                Ok(listed)
            }
            Err(refusal) => {
                self.leave();
                Err(refusal)
            }
        }
    }

    /// The wait is over: what is still under way is of no interest, and the session is kept.
    pub fn settle(&mut self) {
        if let Some(ahead) = self.ahead.take() {
            self.kept = Some(Kept { client: ahead.into_session(), asked: 0 });
        }
    }

    /// Leaves the session that was waited in.
    fn leave(&mut self) {
        self.ahead.take().into_iter().for_each(|ahead| ahead.into_session().close());
    }

    /// What was listed last; none before the first answer.
    pub fn last(&self) -> Option<&Listed> {
        self.last.as_ref()
    }

    /// Ends the session that is kept, if there is one.
    pub fn close(&mut self) {
        self.leave();
        self.kept.take().into_iter().for_each(|kept| kept.client.close());
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let asked = self.kept.as_ref().map(|kept| kept.asked);
        f.debug_struct("Connection").field("asked", &asked).finish_non_exhaustive()
    }
}

/// Asks in the session that was kept, or in a new one if the gateway does not know it any more.
fn ask(
    kept: Option<Kept>,
    endpoint: &Endpoint,
    left: Duration,
) -> Result<(Listed, Option<Kept>), Refusal> {
    let start = Instant::now();
    if let Some(mut kept) = kept {
        kept.client.allow(gateway::attempt(left));
        if let Ok(tools) = kept.client.list_tools() {
            return Ok(answer(kept, tools, None, start.elapsed()));
        }
    }
    let begin = Instant::now();
    let mut client = gateway::open(endpoint, left.saturating_sub(start.elapsed()))?;
    let (opened_after, begin) = (begin.elapsed(), Instant::now());
    match client.list_tools() {
        Ok(tools) => {
            let kept = Kept { client, asked: 0 };
            Ok(answer(kept, tools, Some(opened_after), begin.elapsed()))
        }
        Err(refusal) => {
            client.close();
            Err(refusal)
        }
    }
}

/// The answer, and the session if it is to be kept: one that was opened in no time is not, nor is a
/// stream of events that would stay open, nor a server that was started for the question.
fn answer(
    kept: Kept,
    tools: Vec<Value>,
    opened_after: Option<Duration>,
    listed_after: Duration,
) -> (Listed, Option<Kept>) {
    let kept = Kept { asked: kept.asked + 1, ..kept };
    let spoken = kept.client.spoken();
    let was_slow = opened_after.is_none_or(|after| after >= LONG);
    let stays = was_slow && kept.asked < MOST && spoken.era == Era::Session;
    let listed = Listed { tools, spoken, opened_after, listed_after };
    if stays {
        return (listed, Some(kept));
    }
    kept.client.close();
    (listed, None)
}
