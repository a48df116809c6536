//! Questions that are asked ahead of a gateway that takes long to answer each: with several of them
//! under way, the answers come as often as with a quick one.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use smoke_core::stop::Stop;
use smoke_core::threads;
use smoke_mcp::{Client, Refusal};

use super::pace::Pace;

/// Between two questions.
const SPACING: Duration = Duration::from_millis(250);

/// What came of a question.
struct Answer {
    tools: Result<Vec<Value>, Refusal>,
    took: Duration,
    /// How many had been asked when none was under way but this; none if others were.
    alone_of: Option<u64>,
}

/// Questions under way, in one session.
pub struct Ahead {
    /// The session, which outlives what is under way in it.
    pub session: Client,
    /// How long it took to open it.
    pub opened_after: Duration,
    answers: Receiver<Answer>,
    sender: Sender<Answer>,
    /// How the gateway may be asked.
    pub pace: Pace,
    under_way: usize,
    asked: u64,
    last: Option<Instant>,
    /// When the first of them could be asked.
    pub begun: Instant,
}

impl Ahead {
    /// None is under way yet.
    pub fn new(session: Client, opened_after: Duration, pace: Pace) -> Self {
        let (sender, answers) = channel();
        let (under_way, asked, last, begun) = (0, 0, None, Instant::now());
        Self { session, opened_after, answers, sender, pace, under_way, asked, last, begun }
    }

    /// The next answer, within the time that is `left`.
    ///
    /// # Errors
    /// A refusal, also when a stop is asked for.
    pub fn next(&mut self, left: Duration, stop: &Stop) -> Result<(Vec<Value>, Duration), Refusal> {
        const TICK: Duration = Duration::from_millis(20);
        while !stop.is_set() {
            if self.under_way == 0 || self.is_time() {
                self.ask(left);
            }
            match self.answers.recv_timeout(TICK) {
                Ok(answer) => {
                    self.under_way -= 1;
                    let alone = answer.alone_of == Some(self.asked);
                    let listed = answer.tools?;
                    self.pace.take(listed.len(), alone);
                    return Ok((listed, answer.took));
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
        }
        Err(Refusal::Stopped)
    }

    fn is_time(&self) -> bool {
        self.under_way < self.pace.most() && self.last.is_none_or(|last| last.elapsed() >= SPACING)
    }

    /// Asks in a thread of its own, which ends at the bound of the question.
    fn ask(&mut self, left: Duration) {
        let (mut twin, sender) = (self.session.twin(self.asked), self.sender.clone());
        twin.allow(left);
        self.asked += 1;
        let alone_of = (self.under_way == 0).then_some(self.asked);
        self.last = Some(Instant::now());
        let question = move || {
            let start = Instant::now();
            let tools = twin.list_tools();
            let _ = sender.send(Answer { tools, took: start.elapsed(), alone_of });
        };
        if threads::start(question).is_ok() {
            self.under_way += 1;
        }
    }
}
