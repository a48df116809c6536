//! The run's own connection to the gateway, over which its steps ask for the tools.
//!
//! A new session for each question is what agents have, and costs nothing with most gateways. Some
//! take seconds to open one, as long as a server behind them does not answer: such a session is kept.

mod ahead;
pub mod door;
mod pace;
mod session;
pub mod sockets;
pub mod stranger;

use std::time::{Duration, Instant};

use smoke_core::abandon::unless_stopped;
use smoke_core::stop::Stop;
use smoke_mcp::Refusal;
use smoke_mcp::endpoint::{self, Endpoint, or_stopped};

use ahead::Ahead;
use pace::Pace;
use session::Session;

pub use session::Listed;

/// The longest time that a session is waited in: a gateway might go on showing what there was at its
/// beginning.
const LONGEST: Duration = Duration::from_secs(20);

/// A connection, which is opened when it is needed.
#[derive(Default)]
pub struct Connection {
    state: State,
    last: Option<Listed>,
    /// How the gateway may be asked, which a new session does not change.
    pace: Pace,
}

/// What is open.
#[derive(Default)]
enum State {
    /// Nothing.
    #[default]
    Closed,
    /// A session, for the next question.
    Kept(Session),
    /// A session in which questions are under way.
    Ahead(Ahead),
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
        let (endpoint, kept, start) = (endpoint.clone(), self.take_kept(), Instant::now());
        let asked = or_stopped(unless_stopped(stop, move || {
            match kept.map(|kept| kept.ask(left, Session::is_kept)) {
                Some(Ok(answer)) => Ok(answer),
                _ => Session::open(&endpoint, left.saturating_sub(start.elapsed()))?
                    .ask(left, Session::is_kept),
            }
        }));
        Ok(self.take(asked?))
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
        if !self.is_ahead() {
            self.leave();
            let (endpoint, kept, start) = (endpoint.clone(), self.take_kept(), Instant::now());
            let opened = move || kept.map_or_else(|| Session::open(&endpoint, left), Ok);
            let session = or_stopped(unless_stopped(stop, opened))?;
            if !session.is_kept() {
                let left = left.saturating_sub(start.elapsed());
                let asked = or_stopped(unless_stopped(stop, move || {
                    session.ask(left, |it| it.is_kept() || it.is_young_start())
                }));
                return Ok(self.take(asked?));
            }
            self.state = State::Ahead(Ahead::new(session.client, session.opened_after, self.pace));
        }
        self.next(left, stop)
    }

    /// The next answer to a question that was asked ahead.
    fn next(&mut self, left: Duration, stop: &Stop) -> Result<Listed, Refusal> {
        let State::Ahead(ahead) = &mut self.state else { return Err(Refusal::Stopped) };
        let (spoken, opened_after) = (ahead.session.spoken(), ahead.opened_after);
        let answer = ahead.next(endpoint::attempt(left), stop);
        self.pace = ahead.pace;
        match answer {
            Ok((tools, listed_after)) => {
                let findings = ahead.session.findings();
                let listed = Listed { tools, spoken, opened_after, listed_after, findings };
                Ok(self.take((listed, None)))
            }
            Err(refusal) => {
                self.leave();
                Err(refusal)
            }
        }
    }

    /// Whether questions are under way, in a session that is not too old for it.
    fn is_ahead(&self) -> bool {
        matches!(&self.state, State::Ahead(ahead) if ahead.begun.elapsed() < LONGEST)
    }

    /// Takes note of an answer, and keeps its session where there is no other.
    fn take(&mut self, (listed, kept): (Listed, Option<Session>)) -> Listed {
        match (kept, &self.state) {
            (Some(kept), State::Closed) => self.state = State::Kept(kept),
            (Some(another), _) => drop(another.client.close()),
            (None, _) => {}
        }
        self.last = Some(listed.clone());
        listed
    }

    /// The session that was kept, which is not kept any longer.
    fn take_kept(&mut self) -> Option<Session> {
        match std::mem::take(&mut self.state) {
            State::Kept(session) => Some(session),
            other => {
                self.state = other;
                None
            }
        }
    }

    /// The wait is over: what is still under way is of no interest, and the session is kept.
    pub fn settle(&mut self) {
        self.state = match std::mem::take(&mut self.state) {
            State::Ahead(ahead) => State::Kept(Session::of(ahead.session, ahead.opened_after)),
            other => other,
        };
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
        self.take_kept().into_iter().for_each(|kept| drop(kept.client.close()));
    }

    /// Ends the session in which questions are under way.
    fn leave(&mut self) {
        self.state = match std::mem::take(&mut self.state) {
            State::Ahead(ahead) => {
                ahead.session.close();
                State::Closed
            }
            other => other,
        };
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = match self.state {
            State::Closed => "closed",
            State::Kept(_) => "kept",
            State::Ahead(_) => "ahead",
        };
        f.debug_struct("Connection").field("state", &state).finish_non_exhaustive()
    }
}
