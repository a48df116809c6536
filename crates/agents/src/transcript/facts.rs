//! What a transcript says, whoever wrote it.

use std::collections::BTreeMap;

use smoke_mcp::excerpt;

use super::author::Author;
use super::book::{Book, Wanted};
use super::call::{Call, Failure, Status};
use super::call_event::CallEvent;
use super::server::{Server, ServerState};
use smoke_json::Json;

/// The most lines and messages of a kind that are kept.
const SAMPLES: usize = 20;
/// The most kinds of tokens that are counted.
const TOKEN_KINDS: usize = 20;
/// How much is kept of a message, in bytes: each may be the last.
const MESSAGE: usize = 2 * 1024;
/// The most servers that are kept.
const SERVERS: usize = 1000;
/// How much is kept of all names of tools, in bytes.
const NAMES: usize = 1024 * 1024;

/// What a transcript says, as far as a verdict needs it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    /// Who wrote it, once that is known.
    pub author: Option<Author>,
    /// The tool calls, in the order in which they began.
    pub calls: Vec<Call>,
    /// The servers, as the agent saw them last.
    pub servers: Vec<Server>,
    /// The names of the tools that the agent offers to its model, where it says so.
    pub offered: Option<Vec<String>>,
    /// The last thread's id.
    pub thread_id: Option<String>,
    /// The tokens that all turns used, by their kinds.
    pub tokens: BTreeMap<String, u64>,
    /// How the last turn ended, if it did.
    pub end: Option<End>,
    /// How many errors there were after which the agent went on.
    pub transient_errors: usize,
    /// The message of the last of them.
    pub last_error: Option<String>,
    /// The first warnings.
    pub warnings: Vec<String>,
    /// How many of the agent's own tools were used, such as shell commands.
    pub commands: usize,
    /// The agent's last message.
    pub last_message: Option<String>,
    /// How many lines are events.
    pub events: usize,
    /// How many lines were read, empty ones included.
    pub lines: usize,
    /// The first lines that are not events.
    pub malformed: Vec<Malformed>,
    /// How many lines are not events.
    pub malformed_count: usize,
    /// Why reading ended before the transcript did.
    pub read_error: Option<String>,
    /// Why nothing can be known of the calls, for a transcript that leaves them out.
    pub without_calls: Option<&'static str>,
    book: Book,
    progress: usize,
    commands_ended: usize,
    /// Whether the last message may go on.
    is_in_message: bool,
    /// Whether the line that is being taken is kept only in part.
    is_cut: bool,
}

/// How a turn ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The agent finished its turn.
    Completed,
    /// The agent gave up.
    Failed {
        /// Why.
        message: String,
    },
}

/// A line that is not an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The line's number, from 1.
    pub line_number: usize,
    /// Its beginning, control characters made visible.
    pub excerpt: String,
}

impl Transcript {
    /// Calls that were recorded elsewhere than in a transcript.
    pub fn of_calls(calls: Vec<Call>) -> Self {
        Self { events: calls.len(), calls, ..Self::default() }
    }

    /// One that has room for the calls of these tools above all.
    pub fn wanting(wanted: Vec<Wanted>) -> Self {
        Self { book: Book::wanting(wanted), ..Self::default() }
    }

    /// How many more calls there were than are kept.
    pub fn calls_left_out(&self) -> usize {
        self.book.left_out()
    }

    /// How many of these may be calls that are expected.
    pub fn expected_left_out(&self) -> usize {
        self.book.wanted_left_out()
    }

    /// The agent's progress: how many messages, thoughts, calls and other items there were, counted at their
    /// beginnings and ends. Repeated errors are no progress, and neither are warnings.
    pub fn progress(&self) -> usize {
        self.progress
    }

    /// The server of this name, as the agent saw it last.
    pub fn server(&self, name: &str) -> Option<&Server> {
        self.servers.iter().find(|server| super::name::same_name(name, &server.name))
    }

    /// Begins a line, of which only a part may be kept.
    pub fn begin_line(&mut self, is_cut: bool) {
        self.lines += 1;
        self.is_cut = is_cut;
    }

    /// Takes a line that is not an event.
    pub fn take_malformed(&mut self, line: &[u8], note: &str) {
        self.malformed_count += 1;
        if self.malformed.len() < SAMPLES {
            let start = String::from_utf8_lossy(&line[..line.len().min(2000)]);
            let excerpt = format!("{note}{}", excerpt(&start));
            self.malformed.push(Malformed { line_number: self.lines, excerpt });
        }
    }

    /// The agent begins a thread, in which ids mean other things than in the one before.
    pub fn begin_thread(&mut self, id: Json<'_>) {
        self.thread_id = Some(id.text().into_owned()).filter(|id| !id.is_empty());
        self.book.begin_thread();
        self.end = None;
    }

    /// A line says which thread it is of: the first that does so begins it.
    pub fn begin_only_thread(&mut self, id: Json<'_>) {
        if self.thread_id.is_none() {
            self.begin_thread(id);
        }
    }

    /// The agent has got on.
    pub fn get_on(&mut self) {
        self.progress += 1;
        self.is_in_message = false;
    }

    /// The agent says something.
    pub fn say(&mut self, message: Json<'_>) {
        self.get_on();
        self.last_message = Some(message.text_within(MESSAGE).into_owned());
    }

    /// The agent says the next piece of something, if nothing else came in between.
    pub fn say_more(&mut self, piece: Json<'_>) {
        let known = self.last_message.take().filter(|_| self.is_in_message);
        let mut message = known.unwrap_or_default();
        if message.len() < MESSAGE {
            message += &piece.text_within(MESSAGE);
        }
        self.get_on();
        (self.last_message, self.is_in_message) = (Some(message), true);
    }

    /// A tool of the agent's own begins or ends, such as a shell command. Some versions leave the beginnings out.
    pub fn take_command(&mut self, ends: bool) {
        self.commands_ended += usize::from(ends);
        self.commands = (self.commands + usize::from(!ends)).max(self.commands_ended);
    }

    /// Takes what a line says of a call.
    pub fn take_call(&mut self, event: CallEvent<'_>) {
        self.book.take(&mut self.calls, event, self.is_cut);
    }

    /// Whether a call has begun, and not ended yet.
    pub fn is_open(&self, id: Json<'_>) -> bool {
        let at = self.book.place(&id.text());
        at.is_some_and(|at| self.calls[at].status == Status::InProgress)
    }

    /// The agent says afterwards that it did not allow a call.
    pub fn refuse(&mut self, id: Json<'_>) {
        let (failure, status) = (Some(Failure::Refused), Some(Status::Failed));
        self.take_call(CallEvent { id: id.text(), failure, status, ..CallEvent::default() });
    }

    /// The agent says how a server is.
    pub fn take_server(&mut self, name: Json<'_>, word: Json<'_>, reason: Json<'_>) {
        let [name, word, reason] = [name, word, reason].map(|text| excerpt(&text.text()));
        let state = ServerState::of_word(&word);
        let reason = Some(reason).filter(|reason| !reason.is_empty());
        let server = Server { name, state, word, reason };
        match self.servers.iter().position(|known| known.name == server.name) {
            Some(at) => self.servers[at] = server,
            None if self.servers.len() < SERVERS => self.servers.push(server),
            None => {}
        }
    }

    /// The agent says which tools its model has.
    pub fn take_offered(&mut self, names: Json<'_>) {
        let (mut offered, mut size) = (Vec::new(), 0);
        for name in names.elements().map(Json::text) {
            size += name.len() + size_of::<String>();
            if size < NAMES {
                offered.push(name.into_owned());
            }
        }
        self.offered = Some(offered);
    }

    /// Adds what a turn used: all that are numbers in `usage`.
    pub fn add_usage(&mut self, usage: Json<'_>) {
        usage.members().for_each(|(kind, count)| self.add_tokens(&kind, count));
    }

    /// Adds what a turn used of these kinds, for an agent that counts other things beside them.
    pub fn add_usage_of(&mut self, usage: Json<'_>, kinds: &[&str]) {
        kinds.iter().for_each(|kind| self.add_tokens(kind, usage.field(kind)));
    }

    /// What all turns so far have used.
    pub fn set_usage(&mut self, usage: Json<'_>) {
        self.tokens.clear();
        self.add_usage(usage);
    }

    /// Adds so many tokens of a kind; a new thread begins to count anew.
    fn add_tokens(&mut self, kind: &str, count: Json<'_>) {
        if let Some(count) = count.count()
            && (self.tokens.len() < TOKEN_KINDS || self.tokens.contains_key(kind))
        {
            let sum = self.tokens.entry(excerpt(kind)).or_default();
            *sum = sum.saturating_add(count);
        }
    }

    /// An error after which the agent goes on.
    pub fn take_error(&mut self, message: &str) {
        self.transient_errors += 1;
        self.last_error = Some(message.to_owned());
    }

    /// The agent ends its turn without having done its work.
    pub fn fail(&mut self, message: &str) {
        self.end = Some(End::Failed { message: message.to_owned() });
    }

    /// Something that the agent finds worth a word.
    pub fn warn(&mut self, message: &str) {
        if self.warnings.len() < SAMPLES {
            self.warnings.push(message.to_owned());
        }
    }
}
