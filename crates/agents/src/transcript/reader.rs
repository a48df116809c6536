//! The reader of transcripts: line by line, in bounded memory.

use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;

use memchr::memmem;
use serde_json::Value;
use smoke_mcp::excerpt;

use super::bounded::Bounded;
use super::call::{Call, Status, without_backtrace};
use super::event::{Event, Item, Mode, RESULT_LIMIT, bounded, parse};
use super::line::{Line, next_line};
use super::trim::{NODE, trim};

/// The longest line that is read as a whole, in bytes.
const LINE_LIMIT: usize = 32 * 1024 * 1024;
/// How much of arguments and results is kept in all, in bytes; later calls are only counted.
const KEPT_LIMIT: usize = 64 * 1024 * 1024;
/// The type of an item that is a call.
const CALL: &str = "mcp_tool_call";
/// The most calls that are kept.
const CALLS_LIMIT: usize = 50_000;
/// The most malformed lines and errors of items that are kept.
const SAMPLES: usize = 20;

/// What a transcript says, as far as a verdict needs it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    /// The tool calls, in the order in which they began.
    pub calls: Vec<Call>,
    /// How many more calls there were than are kept.
    pub calls_left_out: usize,
    /// The last thread's id.
    pub thread_id: Option<String>,
    /// The tokens that all turns used, by their kinds.
    pub tokens: BTreeMap<String, u64>,
    /// How the last turn ended, if it did.
    pub end: Option<End>,
    /// How many transient `error` events there were.
    pub transient_errors: usize,
    /// The message of the last transient error.
    pub last_error: Option<String>,
    /// The first messages of items that are errors.
    pub item_errors: Vec<String>,
    /// How many shell commands the agent ran.
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
    items: usize,
    commands_ended: usize,
    kept: usize,
    /// Where the calls of the current thread are, by item id.
    by_id: HashMap<String, usize>,
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

/// Reads a transcript to its end. It never fails: lines that are not events are kept as such.
pub fn read(mut reader: impl BufRead) -> Transcript {
    let mut transcript = Transcript::default();
    let mut buffer = Vec::new();
    loop {
        match next_line(&mut reader, &mut buffer, LINE_LIMIT) {
            Ok(Line::Whole) => transcript.take_line(&buffer),
            Ok(Line::TooLong) => transcript.take_long_line(&buffer),
            Ok(Line::End) => return transcript,
            Err(error) => {
                transcript.read_error = Some(error.to_string());
                return transcript;
            }
        }
    }
}

impl Transcript {
    /// Calls that were recorded elsewhere than in a transcript.
    pub fn of_calls(calls: Vec<Call>) -> Self {
        Self { events: calls.len(), calls, ..Self::default() }
    }

    /// Takes the next line of a transcript that is still being written.
    pub fn take_line(&mut self, line: &[u8]) {
        let Some(line) = self.begin_line(line) else { return };
        let keep = self.has_room() && memmem::find(line, CALL.as_bytes()).is_some();
        let lossy;
        let mut text = line;
        let mut mode = Mode { keep, lenient: false };
        let mut event = parse(text, mode);
        if event.is_none() {
            lossy = String::from_utf8_lossy(line);
            (text, mode.lenient) = (lossy.as_bytes(), true);
            event = parse(text, mode);
        }
        if !keep && event.as_ref().is_some_and(|event| self.keeps(event)) {
            event = parse(text, Mode { keep: true, ..mode });
        }
        match event {
            Some(event) => self.take_event(event),
            None => self.take_malformed(line, ""),
        }
    }

    fn has_room(&self) -> bool {
        self.calls.len() < CALLS_LIMIT && self.room() >= NODE
    }

    /// Whether the event's call is kept: there is room for it, or it is known by its beginning.
    fn keeps(&self, event: &Event) -> bool {
        let call = event.item.as_ref().filter(|item| item.kind == CALL);
        call.is_some_and(|item| self.has_room() || self.known(&event.kind, &item.id).is_some())
    }

    /// Where the call of this id is. One that begins after one of the same id has ended is another.
    fn known(&self, event: &str, id: &str) -> Option<usize> {
        let known = self.by_id.get(id).copied();
        known.filter(|&at| event != "item.started" || self.calls[at].status == Status::InProgress)
    }

    /// The agent's progress: how many item events there were. Repeated `error` events are no
    /// progress, and neither are warnings, which are items of the type `error`.
    pub fn progress_items(&self) -> usize {
        self.items
    }

    /// Takes the next line, of which an empty one is none.
    pub(super) fn begin_line<'a>(&mut self, line: &'a [u8]) -> Option<&'a [u8]> {
        self.lines += 1;
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii();
        (!line.is_empty()).then_some(line)
    }

    fn take_long_line(&mut self, start: &[u8]) {
        self.lines += 1;
        self.take_malformed(start, "a line above 32 MiB: ");
    }

    pub(super) fn take_malformed(&mut self, line: &[u8], note: &str) {
        self.malformed_count += 1;
        if self.malformed.len() < SAMPLES {
            let start = String::from_utf8_lossy(&line[..line.len().min(2000)]);
            let excerpt = format!("{note}{}", excerpt(&start));
            self.malformed.push(Malformed { line_number: self.lines, excerpt });
        }
    }

    pub(super) fn take_event(&mut self, event: Event<'_>) {
        self.events += 1;
        match &*event.kind {
            "thread.started" => {
                self.thread_id = Some(event.thread_id.into_owned());
                // The item ids of another thread begin anew.
                self.by_id.clear();
                self.end = None;
            }
            "turn.started" => self.end = None,
            "turn.completed" => {
                self.add_tokens(&event.usage);
                self.end = Some(End::Completed);
            }
            "turn.failed" => {
                let message = message_of(&event.error).unwrap_or(&event.message);
                self.end = Some(End::Failed { message: bounded(message).to_owned() });
            }
            "error" => {
                self.transient_errors += 1;
                self.last_error = Some(event.message.into_owned());
            }
            _ => {}
        }
        if let Some(item) = event.item {
            self.take_item(&event.kind, item);
        }
    }

    /// Adds what a turn used; a new session begins to count anew.
    fn add_tokens(&mut self, usage: &Value) {
        const KINDS: usize = 20;
        for (kind, count) in usage.as_object().into_iter().flatten() {
            if let Some(count) = count.as_u64()
                && (self.tokens.len() < KINDS || self.tokens.contains_key(kind))
            {
                let sum = self.tokens.entry(bounded(kind).to_owned()).or_default();
                *sum = sum.saturating_add(count);
            }
        }
    }

    fn take_item(&mut self, event: &str, item: Item<'_>) {
        match &*item.kind {
            "error" => {
                if self.item_errors.len() < SAMPLES {
                    self.item_errors.push(item.message.into_owned());
                }
                return;
            }
            "command_execution" => self.take_command(event),
            "agent_message" => self.last_message = Some(item.text.into_owned()),
            CALL => self.take_call(event, item),
            _ => {}
        }
        self.items += 1;
    }

    /// Counts commands by their beginnings, or by their ends where a version leaves those out.
    fn take_command(&mut self, event: &str) {
        match event {
            "item.started" => self.commands += 1,
            "item.completed" => self.commands_ended += 1,
            _ => {}
        }
        self.commands = self.commands.max(self.commands_ended);
    }

    fn take_call(&mut self, event: &str, item: Item<'_>) {
        let known = self.known(event, &item.id);
        if known.is_none() && !self.has_room() {
            self.calls_left_out += usize::from(event == "item.completed");
            return;
        }
        let call = self.kept_call(event, item);
        match known {
            Some(at) => self.calls[at] = call,
            None => {
                self.by_id.insert(call.id.clone(), self.calls.len());
                self.calls.push(call);
            }
        }
    }

    fn kept_call(&mut self, event: &str, item: Item<'_>) -> Call {
        let arguments = item.arguments.within(self.room());
        // What is absent and what is null is the same.
        self.kept += if arguments.value.is_null() { 0 } else { arguments.used };
        let result = self.keep_result(item.result);
        let truncated = arguments.cut || result.cut;
        let error = message_of(&item.error).map(|message| bounded(without_backtrace(message)));
        let status = match (&*item.status, event) {
            ("", "item.completed") if error.is_some() => Status::Failed,
            ("", "item.completed") => Status::Completed,
            ("", _) => Status::InProgress,
            (status, _) => Status::from(status),
        };
        Call {
            id: item.id.into_owned(),
            server: item.server.into_owned(),
            tool: item.tool.into_owned(),
            arguments: arguments.value,
            status,
            result: Some(result.value).filter(|result| !result.is_null()),
            error: error.map(str::to_owned),
            duration_ms: item.duration_ms.as_u64(),
            truncated,
        }
    }

    /// What may still be kept, in bytes.
    fn room(&self) -> usize {
        KEPT_LIMIT.saturating_sub(self.kept)
    }

    fn keep_result(&mut self, mut result: Bounded) -> Bounded {
        if result.value.is_null() {
            return Bounded::default();
        }
        if result.used <= self.room() {
            self.kept += result.used;
            return result;
        }
        for part in result.value.as_object_mut().iter_mut().flat_map(|map| map.values_mut()) {
            let allowed = RESULT_LIMIT.min(self.room());
            let mut left = allowed;
            result.cut |= trim(part, &mut left);
            self.kept += allowed - left;
        }
        result
    }
}

/// The message of an error, which is an object with one, or a plain string.
fn message_of(error: &Value) -> Option<&str> {
    error.as_str().or_else(|| error["message"].as_str())
}
